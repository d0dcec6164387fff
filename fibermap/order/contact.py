"""Who is spoken with: a name, a phone number and an e-mail address that can be used, kept and erased in one table.

A contact's id is drawn at random: one that follows from a phone number would tell it. What somebody said of themselves
is never overwritten by what is said later under the same roof; it may be anybody who says it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import ID_BITS
from fibermap.messages.simulated_messenger import forget_messages
from fibermap.money.card_numbers import refuse_card_numbers
from fibermap.order.consent import withdraw_consent
from fibermap.order.notice_state import message_key
from fibermap.order.texts import LONGEST_NAME, plain_text
from fibermap.store import UnitOfWork

LONGEST_PHONE, LONGEST_EMAIL = 40, 254


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or a firm, with at least one way to reach it; ``phone`` is E.164. Never shown by ``repr``."""

    name: str
    phone: str | None = None
    email: str | None = None

    def __repr__(self) -> str:
        return "Contact(...)"  # what is printed ends up in logs

    def covers(self, other: Contact) -> bool:
        """Tell whether another contact says nothing that this one does not say."""
        return (
            self.name.casefold() == other.name.casefold()
            and other.phone in (None, self.phone)
            and other.email in (None, self.email)
        )


def read_contact(name: str, phone: str | None = None, email: str | None = None, *, region: str = "US") -> Contact:
    """Read a contact as somebody gave it.

    Parameters
    ----------
    region
        Where a phone number without a country code is dialled.

    Raises
    ------
    InputRefused
        ``contact_invalid``: neither phone nor e-mail, or one that cannot be; ``card_number_refused``. What was given is
        never repeated.
    """
    refuse_card_numbers(phone, field="phone")
    refuse_card_numbers(email, field="email")
    read = Contact(
        plain_text("name", name, LONGEST_NAME),
        _phone(phone, region) if phone is not None and phone.strip() else None,
        _email(email) if email is not None and email.strip() else None,
    )
    if read.phone is None and read.email is None:
        raise _refused("phone", "A contact needs a phone number or an e-mail address.", "Give at least one of them.")
    return read


def dialled(text: str, region: str) -> str | None:
    """Return a phone number in any spelling as it is kept, E.164; None for what cannot be dialled, or has an extension.

    Parameters
    ----------
    region
        Where it is dialled without a country code.
    """
    try:
        number = phonenumbers.parse(text if len(text) <= LONGEST_PHONE else "", region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _phone(text: str, region: str) -> str:
    number = dialled(text, region)
    if number is None:
        raise _refused(
            "phone",
            "The phone number cannot be dialled.",
            "Give it with its area code, or with + and its country code; leave an extension out.",
        )
    return number


def _email(text: str) -> str:
    """Return an address whose syntax is right and whose domain may exist; nobody is asked whether it does."""
    try:
        if len(text) > LONGEST_EMAIL:
            raise EmailNotValidError
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        raise _refused("email", "The e-mail address cannot be one.", "Write it as name@example.com.") from None


def _refused(field: str, message: str, hint: str) -> InputRefused:
    return InputRefused(Code.CONTACT_INVALID, message, hint=hint, field=field)


def keep_contact(uow: UnitOfWork, contact: Contact) -> int:
    """Keep a contact and return its id."""
    contact_id = secrets.randbelow((1 << ID_BITS) - 1) + 1
    uow.sql.execute(
        "contact.keep",
        "INSERT INTO contact VALUES (?, ?, ?, ?, ?, ?)",
        [contact_id, contact.name, contact.phone, contact.email, uow.at_utc, uow.at_utc],
    )
    return contact_id


def find_contact(uow: UnitOfWork, contact_id: int) -> Contact:
    """Return a contact by id; all of it is empty once it has been forgotten. Raises ``NotFound``."""
    row = uow.sql.row("contact.find", "SELECT name, phone, email FROM contact WHERE contact_id = ?", [contact_id])
    if row is None:
        raise NotFound(Code.CONTACT_NOT_FOUND, f"There is no contact {contact_id}.")
    return Contact(*row)


def forget_contact(uow: UnitOfWork, contact_id: int) -> None:
    """Erase who a contact is. Its leads, orders and consents stay, without a name; what waits to be sent never is.

    Raises
    ------
    NotFound
        ``contact_not_found``.
    """
    find_contact(uow, contact_id)
    row = {"id": contact_id, "now": uow.at_utc}
    uow.sql.execute(
        "contact.forget",
        "UPDATE contact SET name = '', phone = NULL, email = NULL, changed_at = $now WHERE contact_id = $id",
        row,
    )
    withdraw_consent(uow, contact_id)
    told = uow.sql.rows("contact.forget.told", "SELECT notice_id FROM notice WHERE contact_id = ?", [contact_id])
    forget_messages(uow, [message_key(notice_id) for (notice_id,) in told])
