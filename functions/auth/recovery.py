"""The use cases around an address and a password: showing that an address is one's own, reset, change."""

from dataclasses import dataclass

from functions.auth.mails import Mails
from oqtopus.config import Throttles
from oqtopus.domain.accounts import Account, AccountId, Caller, MailPurpose, MailToken
from oqtopus.errors import Forbidden, NotFound, Unauthenticated, Unprocessable, Violation
from oqtopus.observability import event_log
from oqtopus.ports import AccountStore, Clock, MailTokenStore, SessionStore
from oqtopus.security.authentication import account_of
from oqtopus.security.credentials import CredentialKind, digest, kind_of, new_secret
from oqtopus.security.passwords import PasswordHasher, broken_rule
from oqtopus.security.throttling import Gate

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whoever asks for a mail learns nothing of accounts: the reply and the work are the same for any address (A6)."""

    accounts: AccountStore
    sessions: SessionStore
    mail_tokens: MailTokenStore
    passwords: PasswordHasher
    mails: Mails
    gate: Gate
    throttles: Throttles
    clock: Clock

    async def ask_for_verification(self, email: str, network: str) -> None:
        """A new mail to an account whose address was not shown yet; past its own throttle silently none."""
        await self.gate.take(self.throttles.verification_network, self.gate.network(network))
        account = await self.accounts.account_with_email(email)
        if await self.gate.admits(self.throttles.verification_account, self.gate.address(email)):
            is_open = account is not None and account.verified_at is None
            await self.mails.ask_for("verification", account.id if account and is_open else None)

    async def verify_address(self, secret: str) -> None:
        """The address is its account's; a link that is not valid is `NotFound`, whatever is wrong with it."""
        account_id = await self._taken(secret, MailPurpose.VERIFICATION)
        await self.accounts.mark_verified(account_id, self.clock())
        log.info("address_verified", account_id=account_id)

    async def ask_for_reset(self, email: str, network: str) -> None:
        """A mail with a link, five a day to an address at most; what is over that is dropped silently."""
        await self.gate.take(self.throttles.reset_network, self.gate.network(network))
        account = await self.accounts.account_with_email(email)
        if await self.gate.admits(self.throttles.reset_account, self.gate.address(email)):
            await self.mails.ask_for("reset", account.id if account else None)

    async def reset(self, secret: str, password: str) -> None:
        """A new password by the link of a mail, which also shows that the address is the account's."""
        account_id = await self._taken(secret, MailPurpose.RESET)
        account = await self.accounts.account(account_id)
        if account is None:
            raise _invalid_link()
        await self._replace_password(account, password, "/password")
        if account.verified_at is None:
            await self.accounts.mark_verified(account.id, self.clock())
        log.info("password_reset", account_id=account.id)

    async def change(self, caller: Caller, current: str, new: str) -> None:
        """A new password by who knows the current one and is signed in; guesses count as tries to log in."""
        account = await self.accounts.account(account_of(caller))
        if not caller.session_digest:
            raise Forbidden("Only a session can change the password.")
        if account is None:
            raise Unauthenticated
        subject = self.gate.address(account.email)
        await self.gate.take(self.throttles.login_account, subject)
        if not await self.passwords.verify(account.password_hash, current):
            log.warning("password_change_refused", account_id=account.id)
            raise Forbidden("The current password is wrong.")
        await self.gate.give_back(self.throttles.login_account, subject)
        await self._replace_password(account, new, "/new_password", expected=account.password_hash)
        await self._void_reset_links(account.id)
        log.info("password_changed", account_id=account.id)

    async def _taken(self, secret: str, purpose: MailPurpose) -> AccountId:
        if kind_of(secret) is not CredentialKind.MAIL:
            raise _invalid_link()
        account_id = await self.mail_tokens.take(digest(secret), purpose, self.clock())
        if account_id is None:
            raise _invalid_link()
        return account_id

    async def _replace_password(
        self, account: Account, password: str, pointer: str, expected: str | None = None
    ) -> None:
        """First the hash, then the sessions: a login with the old password finds one or the other changed (A8).

        A change that a reset has overtaken meanwhile must not undo it: `expected` is the hash it was allowed by.
        """
        if rule := broken_rule(password, account.email):
            raise Unprocessable(Violation(pointer, rule))
        if not await self.accounts.change_password_hash(account.id, await self.passwords.hash(password), expected):
            raise Unauthenticated
        await self.sessions.end_all(account.id)
        await self.mails.ask_for("changed", account.id)

    async def _void_reset_links(self, account_id: AccountId) -> None:
        """Only the newest link counts, so one that nobody has makes the others void."""
        nobodys = digest(new_secret(CredentialKind.MAIL))
        await self.mail_tokens.put(MailToken(nobodys, account_id, MailPurpose.RESET, self.clock()))


def _invalid_link() -> NotFound:
    return NotFound("This link is not valid, or not any more; ask for a new mail.")
