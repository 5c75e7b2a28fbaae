// What the server says, word for word. Codes by RFC 5321 section 4.2, enhanced codes by RFC 3463, 6531 and the extension each belongs to.
// Texts follow PowerMTA where scripts are known to look at them.

namespace Godwit.Reception;

/// <summary>Complete reply lines.</summary>
internal static class SmtpReplies
{
    public static ReadOnlySpan<byte> Ok => "250 2.0.0 ok\r\n"u8;

    public static ReadOnlySpan<byte> MailOk => "250 2.1.0 MAIL ok\r\n"u8;

    public static ReadOnlySpan<byte> SendMessage => "354 send message\r\n"u8;

    public static ReadOnlySpan<byte> Authenticated => "235 2.7.0 authentication successful\r\n"u8;

    public static ReadOnlySpan<byte> CannotVerify => "252 2.5.2 addresses are verified by sending to them\r\n"u8;

    public static ReadOnlySpan<byte> Help => "214 2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP AUTH QUIT; see RFC 5321\r\n"u8;

    public static ReadOnlySpan<byte> TooSlow => "421 4.4.2 timed out waiting for you, closing connection\r\n"u8;

    public static ReadOnlySpan<byte> ShuttingDown => "421 4.3.2 server is shutting down, please try again later\r\n"u8;

    public static ReadOnlySpan<byte> TooManyConnections => "421 4.3.2 too many connections, please try again later\r\n"u8;

    public static ReadOnlySpan<byte> TooManyErrors => "421 4.7.0 too many errors, closing connection\r\n"u8;

    public static ReadOnlySpan<byte> TooManyAuthFailures => "421 4.7.0 too many failed authentications, closing connection\r\n"u8;

    public static ReadOnlySpan<byte> AuthBusy => "454 4.7.0 too busy to check passwords, please try again later\r\n"u8;

    public static ReadOnlySpan<byte> NotStored => "451 4.3.0 message could not be stored, please try again later\r\n"u8;

    public static ReadOnlySpan<byte> StartTls => "220 2.0.0 ready to start TLS\r\n"u8;

    public static ReadOnlySpan<byte> TlsNotAvailable => "454 4.7.0 TLS is not available here\r\n"u8;

    public static ReadOnlySpan<byte> TlsInUse => "503 5.5.1 TLS is in use already\r\n"u8;

    public static ReadOnlySpan<byte> TlsInTransaction => "503 5.5.1 STARTTLS is not allowed inside a mail transaction\r\n"u8;

    public static ReadOnlySpan<byte> TooManyRecipients => "452 4.5.3 too many recipients for one message\r\n"u8;

    public static ReadOnlySpan<byte> UnknownCommand => "500 5.5.1 unknown command\r\n"u8;

    public static ReadOnlySpan<byte> LineTooLong => "500 5.5.6 command line too long\r\n"u8;

    public static ReadOnlySpan<byte> BadLineEnd => "501 5.5.2 a command line ends with CRLF and holds no other CR, LF or NUL, closing connection\r\n"u8;

    public static ReadOnlySpan<byte> TlsInPlainText =>
        "501 5.5.2 this port does not begin with TLS: connect in plain text and say STARTTLS, closing connection\r\n"u8;

    public static ReadOnlySpan<byte> NoArgument => "501 5.5.4 this command takes no argument\r\n"u8;

    public static ReadOnlySpan<byte> BadClientName => "501 5.5.4 a host name or address literal is needed here\r\n"u8;

    public static ReadOnlySpan<byte> BadChunk => "501 5.5.4 syntax: BDAT octets [LAST], closing connection\r\n"u8;

    public static ReadOnlySpan<byte> BadMail => "501 5.5.2 syntax: MAIL FROM:<address> [parameters]\r\n"u8;

    public static ReadOnlySpan<byte> BadRcpt => "501 5.5.2 syntax: RCPT TO:<address> [parameters]\r\n"u8;

    public static ReadOnlySpan<byte> BadSender => "501 5.1.7 bad sender address syntax\r\n"u8;

    public static ReadOnlySpan<byte> BadRecipient => "501 5.1.3 bad recipient address syntax\r\n"u8;

    public static ReadOnlySpan<byte> BadParameter => "501 5.5.4 bad parameter\r\n"u8;

    public static ReadOnlySpan<byte> BadAuth => "501 5.5.4 syntax: AUTH mechanism [initial-response]\r\n"u8;

    public static ReadOnlySpan<byte> BadAuthResponse => "501 5.5.2 cannot read this response\r\n"u8;

    public static ReadOnlySpan<byte> NoInitialResponse => "501 5.7.0 this mechanism begins with our challenge\r\n"u8;

    public static ReadOnlySpan<byte> AuthCancelled => "501 5.7.0 authentication cancelled\r\n"u8;

    public static ReadOnlySpan<byte> UnknownMechanism => "504 5.5.4 no such authentication mechanism\r\n"u8;

    public static ReadOnlySpan<byte> UnknownParameter => "555 5.5.4 unknown parameter\r\n"u8;

    public static ReadOnlySpan<byte> NotImplemented => "502 5.5.1 command not implemented\r\n"u8;

    public static ReadOnlySpan<byte> SayHelloFirst => "503 5.5.1 say EHLO or HELO first\r\n"u8;

    public static ReadOnlySpan<byte> SayEhloFirst => "503 5.5.1 say EHLO first\r\n"u8;

    public static ReadOnlySpan<byte> AuthenticatedAlready => "503 5.5.1 authenticated already\r\n"u8;

    public static ReadOnlySpan<byte> NoAuthInTransaction => "503 5.5.1 not in the middle of a message\r\n"u8;

    public static ReadOnlySpan<byte> SenderAlreadyGiven => "503 5.5.1 sender already given\r\n"u8;

    public static ReadOnlySpan<byte> SayMailFirst => "503 5.5.1 say MAIL first\r\n"u8;

    public static ReadOnlySpan<byte> SayRcptFirst => "503 5.5.1 say RCPT first\r\n"u8;

    public static ReadOnlySpan<byte> ChunksHaveBegun => "503 5.5.1 only BDAT or RSET may follow a BDAT\r\n"u8;

    public static ReadOnlySpan<byte> ContentHasFailed => "503 5.5.1 the message has failed already\r\n"u8;

    public static ReadOnlySpan<byte> NoSmtpService => "521 host does not accept mail from you\r\n"u8;

    public static ReadOnlySpan<byte> AuthRequired => "530 5.7.0 authentication required\r\n"u8;

    public static ReadOnlySpan<byte> StartTlsFirst => "530 5.7.0 Must issue a STARTTLS command first\r\n"u8;

    public static ReadOnlySpan<byte> AuthFailed => "535 5.7.8 authentication failed\r\n"u8;

    public static ReadOnlySpan<byte> EncryptionRequired => "538 5.7.11 this mechanism needs an encrypted connection\r\n"u8;

    public static ReadOnlySpan<byte> SenderNotAscii => "550 5.6.7 address is not ASCII, and SMTPUTF8 was not said\r\n"u8;

    public static ReadOnlySpan<byte> RecipientNotAscii => "553 5.6.7 address is not ASCII, and SMTPUTF8 was not said\r\n"u8;

    public static ReadOnlySpan<byte> BareLineEnd => "550 5.6.11 the message has a CR or LF that stands alone; lines end with CRLF\r\n"u8;

    public static ReadOnlySpan<byte> Nul => "550 5.6.0 the message contains NUL octets\r\n"u8;

    public static ReadOnlySpan<byte> NoMailFromUser => "550 5.7.1 host does not accept mail from this user\r\n"u8;

    public static ReadOnlySpan<byte> RelayDenied => "550 5.7.1 relaying denied\r\n"u8;

    public static ReadOnlySpan<byte> TooLarge => "552 5.3.4 message too large\r\n"u8;

    public static ReadOnlySpan<byte> NoValidRecipients => "554 5.5.1 no valid recipients\r\n"u8;
}
