//! This app's own texts: a key for translators and the English words.

/// A text.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// Names it in the catalogues.
    pub key: &'static str,
    /// The English words; `{name}` stands for a value.
    pub english: &'static str,
}

macro_rules! texts {
    ($($name:ident = $key:literal $english:literal;)*) => {
        $(
            #[doc = $english]
            pub static $name: Text = Text { key: $key, english: $english };
        )*

        /// All of them.
        pub static ALL: &[&Text] = &[$(&$name),*];
    };
}

texts! {
    PRODUCT = "product" "Nexus Auth";
    SKIP = "skip" "Skip to the content";
    LANGUAGE = "language" "Language";
    LOADING = "loading" "Loading…";
    OR = "or" "or";
    BACK = "back" "Back";
    CLOSE = "close" "Close";
    CANCEL = "cancel" "Cancel";
    RETRY = "retry" "Try again";
    RELOAD = "reload" "Reload the page";
    WAIT = "wait" "Please wait…";
    COPY = "copy" "Copy";
    COPIED = "copied" "Copied.";
    OPTIONAL = "optional" "optional";
    CHOOSE = "choose" "Please choose";
    ERROR_PREFIX = "error.prefix" "Error: {title}";

    LOGIN = "login" "Sign in";
    LOGIN_LEAD = "login.lead" "Welcome back.";
    LOGIN_SECOND = "login.second" "Confirm with your second factor";
    LOGIN_REFRESH = "login.refresh" "Confirm that it is you";
    LOGIN_CODE = "login.code" "Enter your sign-in code";
    LOGIN_NEW = "login.new" "New here?";
    LOGIN_REGISTER = "login.register" "Create an account";
    LOGIN_FORGOT = "login.forgot" "Forgot your password?";
    LOGIN_OTHER = "login.other" "Use another account";
    LOGIN_NO_METHOD = "login.no-method" "There is nothing here to sign in with. Set up a second factor in your settings first, or ask an administrator.";

    REGISTRATION = "registration" "Create your account";
    REGISTRATION_LEAD = "registration.lead" "It takes less than a minute.";
    REGISTRATION_CREDENTIAL = "registration.credential" "Choose how you sign in";
    REGISTRATION_CODE = "registration.code" "Enter your sign-up code";
    REGISTRATION_HAVE = "registration.have" "Already have an account?";
    REGISTRATION_LOGIN = "registration.login" "Sign in";

    RECOVERY = "recovery" "Recover your account";
    RECOVERY_LEAD = "recovery.lead" "Tell us how to reach you, and we send you what you need to get back in.";
    RECOVERY_SENT = "recovery.sent" "Enter the recovery code";
    RECOVERY_REMEMBERED = "recovery.remembered" "Remembered it?";

    VERIFICATION = "verification" "Verify your address";
    VERIFICATION_LEAD = "verification.lead" "We send a code to the address to make sure that it is yours.";
    VERIFICATION_SENT = "verification.sent" "Enter the verification code";
    VERIFICATION_DONE = "verification.done" "Your address is verified";
    VERIFICATION_LATER = "verification.later" "Do this later";

    SETTINGS = "settings" "Settings";
    SETTINGS_LEAD = "settings.lead" "Your profile and the ways in which you sign in.";
    SETTINGS_PASSWORD = "settings.password" "Change your password";
    SETTINGS_TOTP = "settings.totp" "A second factor: codes from an app on your phone, good for half a minute.";
    SETTINGS_LOOKUP = "settings.lookup" "Twelve codes to write down, for the day when your phone is not at hand. Each is good once.";
    METHOD_LOOKUPS = "method.lookups" "Backup codes";
    TOTP_ACCOUNT = "totp.account" "For the account {account}. In the app it stands under this name.";
    CODES_LEFT = "codes.left" "{left} of {all} codes are left.";
    CODES_FEW = "codes.few" "Only {left} codes are left. Generate new ones soon.";
    CODES_USED = "codes.used" "used";
    CODES_SAVED = "codes.saved" "I have saved these codes";
    CODES_CHECK = "codes.check" "Save the codes first, then tick “I have saved these codes”.";
    DOWNLOAD = "download" "Download";
    PRINT = "print" "Print";
    DANGER = "danger" "{label}? You will have to set it up anew to use it again.";

    SESSIONS_LEAD = "sessions.lead" "Where your account is signed in. End what you do not know, and change your password then.";
    SESSIONS_OTHERS = "sessions.others" "Other sessions";
    SESSIONS_NONE = "sessions.none" "There are no others.";
    SESSIONS_CURRENT = "sessions.current" "this device";
    SESSIONS_END = "sessions.end" "Sign out";
    SESSIONS_END_OF = "sessions.end-of" "Sign out {device}";
    SESSIONS_END_ALL = "sessions.end-all" "Sign out everywhere else";
    SESSIONS_ENDED = "sessions.ended" "{device} is signed out.";
    SESSIONS_ENDED_ALL = "sessions.ended-all" "All other sessions are signed out.";

    OTHER_WAY = "other-way" "Try another way";
    USE_METHOD = "use-method" "Use {method}";
    SIGNING_AS = "signing-as" "Account";
    PASSWORD_SHOW = "password.show" "Show password";
    PASSWORD_SHOWN = "password.shown" "The password is visible.";
    PASSWORD_HIDDEN = "password.hidden" "The password is hidden.";
    PASSWORD_CAPS = "password.caps" "Caps Lock is on.";
    PASSWORD_MIN = "password.min" "At least {min} characters. A sentence that only you would think of is best.";
    PASSWORD_HINT = "password.hint" "A sentence that only you would think of is best.";
    CODE_HINT = "code.hint" "You can paste it, blanks do not matter. It also works if you read the mail on another device.";
    RESEND_IN = "resend.in" "{label} (in {seconds} s)";
    RESEND_READY = "resend.ready" "You can ask for another code now.";
    SENT_AGAIN = "sent.again" "A new code is on its way.";

    CHECK_REQUIRED = "check.required" "Enter a value for “{label}”.";
    CHECK_TICK = "check.tick" "Please tick “{label}”.";
    CHECK_EMAIL = "check.email" "Enter an email address, like name@example.com.";
    CHECK_NUMBER = "check.number" "“{label}” must be a number.";

    FAULTS = "faults" "There is a problem";
    RESTART_EXPIRED = "restart.expired" "This page was open for so long that it could no longer be used. We opened a new one. Please try again.";
    RESTART_GONE = "restart.gone" "This page could no longer be used. We opened a new one. Please try again.";
    RESTART_COOKIE = "restart.cookie" "This page belonged to another browser session. We opened a new one. Please try again.";

    TROUBLE_NETWORK = "trouble.network" "The server cannot be reached. Check your connection and try again.";
    TROUBLE_TIMEOUT = "trouble.timeout" "The server did not answer in time. Please try again.";
    TROUBLE_MANY = "trouble.many" "There were too many attempts.";
    TROUBLE_BUSY = "trouble.busy" "The server has too much to do at the moment.";
    TROUBLE_AGAIN_IN = "trouble.again-in" "Try again in {seconds} seconds.";
    TROUBLE_AGAIN_SOON = "trouble.again-soon" "Please try again in a moment.";
    TROUBLE_RECOVER = "trouble.recover" "Forgot your password? Recover your account instead.";
    TROUBLE_SERVER = "trouble.server" "Something went wrong on our side. Please try again.";
    TROUBLE_UNREADABLE = "trouble.unreadable" "The server's answer could not be read (status {status}). Reload the page; if it stays like this, tell your administrator.";
    TROUBLE_DISABLED = "trouble.disabled" "This is switched off here. Please ask your administrator.";
    TROUBLE_RETURN = "trouble.return" "The place that you were to be led to afterwards is not allowed.";
    TROUBLE_WITHOUT_RETURN = "trouble.without-return" "Go on without it";
    TROUBLE_COOKIES = "trouble.cookies" "Your browser does not keep our cookies. Allow cookies for this site and try again.";
    TROUBLE_RESTLESS = "trouble.restless" "This page could not be opened. Please try again.";
    TROUBLE_ADDRESS = "trouble.address" "The server named an address that is not safe to open.";
    TROUBLE_TITLE = "trouble.title" "That did not work";
    TROUBLE_REQUEST = "trouble.request" "For your administrator: request {id}";

    ERROR_TITLE = "error" "Something went wrong";
    ERROR_UNKNOWN = "error.unknown" "We have no details about this error. Perhaps the address is old.";
    ERROR_ID = "error.id" "Error number {id}";
    ERROR_CSRF = "error.csrf" "The form did not fit your browser session. Go back to where you started and try again.";
    ERROR_HOME = "error.home" "To the start page";
    NOT_FOUND = "not-found" "There is no such page";
    NOT_FOUND_LEAD = "not-found.lead" "Check the address, or go on from the start page.";

    NAV = "nav" "Main navigation";
    NAV_OVERVIEW = "nav.overview" "Overview";
    NAV_SETTINGS = "nav.settings" "Settings";
    NAV_SESSIONS = "nav.sessions" "Sessions";
    LOGOUT = "logout" "Sign out";
    LOGOUT_BUSY = "logout.busy" "Signing out…";

    WELCOME = "welcome" "You are signed in";
    WELCOME_NAME = "welcome.name" "Hello, {name}";
    WELCOME_LEAD = "welcome.lead" "This is your account and the session of this browser.";
    ACCOUNT = "account" "Account";
    ACCOUNT_ID = "account.id" "Account ID";
    ACCOUNT_NONE = "account.none" "Your account's details are shown once you have confirmed your second factor.";
    ADDRESS_VERIFIED = "address.verified" "verified";
    ADDRESS_UNVERIFIED = "address.unverified" "not verified";
    ADDRESS_VERIFY = "address.verify" "Verify {address}";
    SESSION = "session" "This session";
    SESSION_LEVEL = "session.level" "Assurance";
    SESSION_AAL1 = "session.aal1" "one factor";
    SESSION_AAL2 = "session.aal2" "two factors";
    SESSION_METHODS = "session.methods" "Signed in with";
    SESSION_SINCE = "session.since" "Signed in";
    SESSION_UNTIL = "session.until" "Ends";
    SESSION_DEVICE = "session.device" "Device";
    SESSION_DEVICE_OF = "session.device-of" "{browser} on {system}";
    SESSION_DEVICE_UNKNOWN = "session.device-unknown" "Unknown device";
    SESSION_RAW = "session.raw" "Session as JSON, for developers";
    EXPIRY_TITLE = "expiry" "Your session ends soon";
    EXPIRY_TEXT = "expiry.text" "In {seconds} seconds you will be signed out.";
    EXPIRY_STAY = "expiry.stay" "Stay signed in";

    METHOD_PASSWORD = "method.password" "Password";
    METHOD_OIDC = "method.oidc" "Social sign-in";
    METHOD_TOTP = "method.totp" "Authenticator app";
    METHOD_CODE = "method.code" "One-time code";
    METHOD_LINK = "method.link" "Link by mail";
    METHOD_LOOKUP = "method.lookup" "Backup code";
    METHOD_WEBAUTHN = "method.webauthn" "Security key";
    METHOD_PASSKEY = "method.passkey" "Passkey";
    METHOD_RECOVERY = "method.recovery" "Account recovery";
    METHOD_PROFILE = "method.profile" "Profile";

    ADMIN = "admin" "Administration";
    ADMIN_BACK = "admin.back" "My account";
    ADMIN_IDENTITIES = "admin.identities" "Identities";
    ADMIN_MESSAGES = "admin.messages" "Messages";
    ADMIN_SEARCH = "admin.search" "Search";
    ADMIN_SEARCH_HINT = "admin.search-hint" "Beginnings of names and addresses, and state:inactive, verified:false, created:2026-01-01..";
    ADMIN_NOTHING = "admin.nothing" "Nobody was found.";
    ADMIN_WHO = "admin.who" "Identifier";
    ADMIN_NAME = "admin.name" "Name";
    ADMIN_STATE = "admin.state" "State";
    ADMIN_CREATED = "admin.created" "Created";
    ADMIN_SCHEMA = "admin.schema" "Schema";
    ADMIN_METHODS = "admin.methods" "Ways to sign in";
    ADMIN_ACTIVE = "admin.active" "active";
    ADMIN_INACTIVE = "admin.inactive" "inactive";
    ADMIN_PAGES = "admin.pages" "Pages";
    ADMIN_FIRST = "admin.first" "First page";
    ADMIN_NEXT = "admin.next" "Next page";
    ADMIN_REFUSED = "admin.refused" "This is for administrators. Sign in as one.";
    ADMIN_GONE = "admin.gone" "This is not there any more.";
    ADMIN_DONE = "admin.done" "Done.";
    ADMIN_ACTIONS = "admin.actions" "Actions";
    ADMIN_RECOVER = "admin.recover" "Create a recovery code";
    ADMIN_DISABLE = "admin.disable" "Disable";
    ADMIN_DISABLE_ASK = "admin.disable-ask" "Disable {who}? Nobody can sign in as this identity any more.";
    ADMIN_ENABLE = "admin.enable" "Enable";
    ADMIN_END = "admin.end" "End all sessions";
    ADMIN_END_ASK = "admin.end-ask" "End all sessions of {who}? Every device is signed out.";
    ADMIN_DELETE = "admin.delete" "Delete";
    ADMIN_DELETE_ASK = "admin.delete-ask" "Delete {who}? The identity is gone for good, with all that belongs to it.";
    ADMIN_NO_SESSIONS = "admin.no-sessions" "Nowhere signed in.";
    ADMIN_CODE = "admin.code" "Recovery code";
    ADMIN_CODE_HINT = "admin.code-hint" "Hand the code and the address of its page to the owner by ways that nobody else reads. Both are shown once.";
    ADMIN_TO = "admin.to" "To";
    ADMIN_TEMPLATE = "admin.template" "Template";
    ADMIN_NO_MESSAGES = "admin.no-messages" "There are none.";
}
