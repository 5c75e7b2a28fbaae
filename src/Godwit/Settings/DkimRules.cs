// What DKIM demands of keys and their names, wherever they come from: a file, a command, a header field or DNS. Static.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Bounds of keys and selectors.</summary>
internal static class DkimRules
{
    /// <summary>RFC 8301 section 3.2: shorter RSA keys must not count.</summary>
    public const int MinRsaBits = 1024;

    /// <summary>RFC 8301 section 3.2: verifiers take up to 4096; longer ones would only cost time.</summary>
    public const int MaxRsaBits = 4096;

    /// <summary>RFC 1035 section 2.3.4.</summary>
    private const int MaxLabel = 63;

    /// <summary>RFC 6376 section 3.1: the labels of a domain name, and the underscore that some use.</summary>
    public static bool IsSelector(string text) => text.Length is > 0 and <= DomainName.MaxLength && Array.TrueForAll(text.Split('.'), IsLabel);

    private static bool IsLabel(string label) =>
        label is [not '-', ..] and [.., not '-'] && label.Length <= MaxLabel && label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
