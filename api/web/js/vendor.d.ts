/** What the packed libraries offer that come without types. */

