namespace Godwit.Reception;

/// <summary>What Received says behind "with": RFC 3848, and RFC 6531 section 4.3 for UTF-8 header fields.</summary>
internal static class SubmissionProtocol
{
    /// <param name="extended">EHLO was said. HELO inside TLS from the first octet is no name of the registry, and says what it is.</param>
    public static string Name(bool extended, bool smtpUtf8, bool encrypted, bool authenticated) => (smtpUtf8, encrypted, authenticated) switch
    {
        (true, true, true) => "UTF8SMTPSA",
        (true, true, false) => "UTF8SMTPS",
        (true, false, true) => "UTF8SMTPA",
        (true, false, false) => "UTF8SMTP",
        (false, true, true) => "ESMTPSA",
        (false, true, false) => extended ? "ESMTPS" : "SMTPS",
        (false, false, true) => "ESMTPA",
        _ => extended ? "ESMTP" : "SMTP",
    };
}
