// privacy-policy in <acct-file>: what becomes of local parts. Immutable.

namespace Godwit.Settings;

/// <summary>How a local part is written.</summary>
public enum PrivacyMethod : byte
{
    Retain,

    /// <summary>Replaced by a text.</summary>
    Redact,

    /// <summary>SipHash with a key of 16 octets.</summary>
    SipHash,
    HmacSha256,
}

/// <summary>What becomes of local parts, in lower case, in an accounting file.</summary>
/// <param name="Key">For <see cref="PrivacyMethod.Redact"/> the text that replaces them; for hashes the key.</param>
/// <param name="IsHexadecimal">The key is written in hexadecimal digits.</param>
public sealed record PrivacyPolicy(PrivacyMethod Method, SecretValue Key, bool IsHexadecimal)
{
    private const int SipHashKeyDigits = 32;
    private const int SipHashKeyOctets = 16;

    /// <summary>Local parts stay as they are.</summary>
    public static PrivacyPolicy Retain { get; } = new(PrivacyMethod.Retain, default, IsHexadecimal: false);

    private static readonly (string Word, PrivacyMethod Method, bool IsHexadecimal)[] _words =
    [
        ("retain", PrivacyMethod.Retain, false), ("redact", PrivacyMethod.Redact, false),
        ("siphash", PrivacyMethod.SipHash, false), ("siphash-hexkey", PrivacyMethod.SipHash, true),
        ("hmac-sha256", PrivacyMethod.HmacSha256, false), ("hmac-sha256-hexkey", PrivacyMethod.HmacSha256, true),
    ];

    private static readonly ValueForm<(PrivacyMethod Method, bool IsHexadecimal)> _method =
        ValueParsers.Choice([.. _words.Select(w => (w.Word, (w.Method, w.IsHexadecimal)))]);

    internal static ValueForm<PrivacyPolicy> Form { get; } = new(
        $"{_method.Shape}, and a key for the last four", TryRead, v => $"{_method.Print((v.Method, v.IsHexadecimal))} {v.Key}".TrimEnd())
    {
        Quotes = QuoteUse.Raw,
        IsSecret = true,
    };

    private static bool TryRead(string text, ValueReading reading, out PrivacyPolicy value)
    {
        value = null!;
        var cursor = new ValueCursor(text, reading);
        if (!cursor.TryPart(_method, out (PrivacyMethod Method, bool IsHexadecimal) method))
        {
            // What stands first is no secret unless the method was forgotten.
            return reading.Fail($"the method must be one of: {_method.Shape}", reading.FaultOffset);
        }

        int start = cursor.Position;
        SecretValue key = default;
        if (!cursor.AtEnd && !cursor.TryRest(SecretValue.Form, out key))
        {
            return false;
        }

        value = new PrivacyPolicy(method.Method, key, method.IsHexadecimal);
        string secret = key.Reveal();
        string? fault = method switch
        {
            (PrivacyMethod.Retain, _) => secret.Length == 0 ? null : "nothing stands behind retain",
            (PrivacyMethod.Redact, _) => null,
            _ when secret.Length == 0 => "the key is missing",
            (PrivacyMethod.SipHash, false) when System.Text.Encoding.UTF8.GetByteCount(secret) > SipHashKeyOctets =>
                $"a key for siphash has at most {SipHashKeyOctets} octets",
            (PrivacyMethod.SipHash, true) when secret.Length != SipHashKeyDigits => $"a key for siphash has {SipHashKeyDigits} hexadecimal digits",
            (_, true) when secret.Length % 2 != 0 || !secret.All(char.IsAsciiHexDigit) => "the key must be hexadecimal digits, two for each octet",
            _ => null,
        };
        return fault is null || reading.Fail(fault, start);
    }
}
