import pytest

from oqtopus.config import KeptSecrets, Settings, SiteSettings
from oqtopus.errors import ConfigurationError

SECRETS = {"SECRET_KEY": "s" * 16, "PK_ENCRYPTION_SALT": "t" * 16, "PUBLIC_URL": "https://oqtopus.example.org"}
GOOGLE = {"STORE": "firestore", "PK_STORAGE_TYPE": "secret_manager", "BUS": "pubsub", "GOOGLE_CLOUD_PROJECT": "ours"}


def settings(**environ: str) -> Settings:
    return Settings.from_environ({**SECRETS, **environ})


def refusal(**environ: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        settings(**environ)
    return str(refused.value)


def test_everything_is_on_this_machine_unless_something_else_is_said() -> None:
    plain = settings()

    assert (plain.store, plain.pk_storage_type, plain.bus, plain.mail.transport) == (
        "sqlite",
        "local",
        "local",
        "outbox",
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "PK_ENCRYPTION_SALT"])
@pytest.mark.parametrize("value", ["", "short"])
def test_a_missing_secret_stops_the_start_and_is_named(name: str, value: str) -> None:
    assert name in refusal(**{name: value})


def test_pages_are_served_without_a_secret() -> None:
    site = SiteSettings.from_environ({"PUBLIC_URL": "https://oqtopus.example.org/", "GOOGLE_CLOUD_PROJECT": "ours"})

    assert site == SiteSettings("production", "https://oqtopus.example.org", "ours", "INFO")


@pytest.mark.parametrize("url", ["", "http://oqtopus.example.org", "oqtopus.example.org"])
def test_pages_of_production_need_an_origin_with_https(url: str) -> None:
    with pytest.raises(ConfigurationError, match="PUBLIC_URL"):
        SiteSettings.from_environ({"PUBLIC_URL": url})


def test_a_vault_elsewhere_needs_no_salt_of_ours() -> None:
    assert settings(**GOOGLE, PK_ENCRYPTION_SALT="").pk_encryption_salt == ""


@pytest.mark.parametrize("name", ["STORE", "PK_STORAGE_TYPE", "BUS"])
def test_a_google_backend_needs_its_project(name: str) -> None:
    assert "GOOGLE_CLOUD_PROJECT" in refusal(APP_ENV="development", **{name: GOOGLE[name]})


@pytest.mark.parametrize("name", ["STORE", "PK_STORAGE_TYPE", "BUS", "MAILER"])
def test_an_unknown_backend_is_refused_by_the_name_of_its_variable(name: str) -> None:
    assert name in refusal(**{name: "etcd"})


@pytest.mark.parametrize(
    "name",
    [
        "ALLOWED_AGENT_ORIGINS",
        "FIRESTORE_EMULATOR_HOST",
        "PUBSUB_EMULATOR_HOST",
        "SECRET_MANAGER_EMULATOR_HOST",
        "PUSH_KEY_SET",
    ],
)
def test_production_refuses_what_is_for_local_use(name: str) -> None:
    value = "http://127.0.0.1:9501"

    assert name in refusal(APP_ENV="production", **{name: value})
    settings(APP_ENV="development", **{name: value})


@pytest.mark.parametrize("name", ["PK_STORAGE_TYPE", "BUS"])
def test_instances_that_share_a_store_must_share_their_keys_and_their_bus(name: str) -> None:
    assert name in refusal(**{**GOOGLE, name: "local"})


def test_keys_go_to_amazon_over_tls_only() -> None:
    assert "AWS_ENDPOINT_URL" in refusal(AWS_ENDPOINT_URL="http://127.0.0.1:5000")


def test_a_sender_with_a_password_makes_mail_leave_by_smtp() -> None:
    mail = settings(SENDER_EMAIL="us@example.org", SENDER_APP_PASSWORD="word", SMTP_SERVER="mail.example.org").mail

    assert (mail.transport, mail.sender, mail.server, mail.port) == ("smtp", "us@example.org", "mail.example.org", 587)
    assert "word" not in repr(mail)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"MAILER": "smtp", "SENDER_EMAIL": "us@example.org"}, "SENDER_APP_PASSWORD"),
        ({"MAILER": "smtp", "SENDER_APP_PASSWORD": "word"}, "SENDER_EMAIL"),
        ({"MAILER": "ses"}, "SENDER_EMAIL"),
        ({"SMTP_PORT": "0"}, "SMTP_PORT"),
    ],
)
def test_half_a_mailer_is_refused(environ: dict[str, str], named: str) -> None:
    assert named in refusal(**environ)


def test_secrets_are_hidden_from_what_is_printed() -> None:
    assert SECRETS["SECRET_KEY"] not in repr(settings(SENDER_EMAIL="us@example.org", SENDER_APP_PASSWORD="hidden"))


@pytest.mark.parametrize(
    "url", ["", "http://oqtopus.example.org", "https://oqtopus.example.org/path", "oqtopus.example.org", "https://a b"]
)
def test_production_says_where_people_reach_it_over_tls(url: str) -> None:
    assert "PUBLIC_URL" in refusal(APP_ENV="production", PUBLIC_URL=url)


def test_on_this_machine_people_reach_it_on_loopback() -> None:
    assert settings(APP_ENV="development", PUBLIC_URL="").public_url == "http://127.0.0.1:8080"


def test_the_host_that_people_reach_is_our_own_beside_those_that_are_listed() -> None:
    alone = settings(PUBLIC_URL="https://oqtopus.example.org:8443")
    listed = settings(PUBLIC_HOSTS="api.example.org, Oqtopus.Example.NET")

    assert alone.own_hosts == {"oqtopus.example.org"}
    assert listed.own_hosts == {"oqtopus.example.org", "api.example.org", "Oqtopus.Example.NET"}


def test_every_throttle_can_be_set_by_its_name() -> None:
    throttles = settings(LOGIN_ACCOUNT_LIMIT="3").throttles

    assert (throttles.login_account.limit, throttles.login_network.limit) == (3, 10)
    assert "LOGIN_ACCOUNT_LIMIT" in refusal(LOGIN_ACCOUNT_LIMIT="0")


def test_the_calls_to_one_agent_at_once_can_be_set_within_reason() -> None:
    assert settings().agent_calls_at_once == 32
    assert settings(AGENT_CALLS_AT_ONCE="5").agent_calls_at_once == 5
    assert "AGENT_CALLS_AT_ONCE" in refusal(AGENT_CALLS_AT_ONCE="0")


KEPT = {name: value for name, value in SECRETS.items() if name == "PUBLIC_URL"} | GOOGLE


def kept(secrets: str, values: dict[str, str], **environ: str) -> Settings:
    """Settings of a process whose secrets Secret Manager keeps."""
    return Settings.from_environ({**KEPT, "SECRETS": secrets, **environ}, lambda _: values)


def test_secrets_that_are_only_named_are_fetched_in_the_version_that_is_wanted() -> None:
    wanted: list[KeptSecrets] = []

    def fetch(secrets: KeptSecrets) -> dict[str, str]:
        wanted.append(secrets)
        return {"SECRET_KEY": "k" * 16, "GEMINI_API_KEY": "g"}

    read = Settings.from_environ({**KEPT, "SECRETS": "SECRET_KEY,GEMINI_API_KEY:3", "LLM_PROVIDER": "gemini"}, fetch)

    assert (read.secret_key, read.gemini_api_key) == ("k" * 16, "g")
    assert [dict(each.versions) for each in wanted] == [{"SECRET_KEY": "latest", "GEMINI_API_KEY": "3"}]
    assert wanted[0].google.project == "ours"


def test_a_fetched_secret_must_be_good_as_well() -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        kept("SECRET_KEY", {"SECRET_KEY": "short"})


def test_a_secret_is_not_kept_in_two_places() -> None:
    with pytest.raises(ConfigurationError, match=r"SECRET_KEY.*environment"):
        kept("SECRET_KEY", {"SECRET_KEY": "k" * 16}, SECRET_KEY="k" * 16)


@pytest.mark.parametrize(
    "names", ["secret_key", "SECRET_KEY:latest", "SECRET_KEY:0", "../SECRET_KEY", "SECRET_KEY:1:2"]
)
def test_what_names_no_secret_is_refused(names: str) -> None:
    with pytest.raises(ConfigurationError, match="SECRETS"):
        kept(names, {"SECRET_KEY": "k" * 16})


def test_kept_secrets_need_their_project() -> None:
    with pytest.raises(ConfigurationError, match="GOOGLE_CLOUD_PROJECT"):
        Settings.from_environ({"SECRETS": "SECRET_KEY", "PUBLIC_URL": KEPT["PUBLIC_URL"]}, lambda _: {})


def test_a_process_that_is_told_its_secrets_does_without_those_of_others() -> None:
    """`auth` says whether mail leaves, and never sends any; only `notify` reads the password."""
    mail = {"MAILER": "smtp", "SENDER_EMAIL": "us@example.org", "LLM_PROVIDER": "gemini"}

    auth = kept("SECRET_KEY", {"SECRET_KEY": "k" * 16}, **mail)

    assert auth.mail.reaches_people
    assert (auth.mail.password, auth.gemini_api_key) == ("", "")
    with pytest.raises(ConfigurationError, match="SENDER_APP_PASSWORD"):
        kept("SECRET_KEY,SENDER_APP_PASSWORD", {"SECRET_KEY": "k" * 16}, **mail)
