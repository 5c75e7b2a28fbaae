// Passwords, tokens, keys: values that no output shows. Immutable.

namespace Godwit.Settings;

/// <summary>A secret. Whatever prints it prints asterisks; only <see cref="Reveal"/> gives it away.</summary>
public readonly record struct SecretValue
{
    /// <summary>What is shown instead.</summary>
    public const string Mask = "******";

    private readonly string? _text;

    internal SecretValue(string text) => _text = text;

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(_text);

    /// <summary>Any text.</summary>
    internal static ValueForm<SecretValue> Form { get; } = new("a text", (text, _, out value) => Set(text, out value)) { IsSecret = true };

    /// <summary>A user's password, plain or hashed.</summary>
    internal static ValueForm<SecretValue> Password { get; } = new(
        "a text, or a hashed password",
        (text, reading, out value) =>
        {
            Set(text, out value);
            if (PasswordHash.IsMeant(text))
            {
                return PasswordHash.TryRead(text, out _, out string fault) || reading.Fail(fault);
            }

            if (text is ['{', ..] && text.IndexOf('}', StringComparison.Ordinal) is > 1 and < 16)
            {
                reading.Caution = $"the password is taken as it stands; a hashed one begins with {PasswordHash.Prefix} and is made by \"godwit hash-password\"";
            }

            return true;
        }) { IsSecret = true };

    /// <summary>The password of somebody who may steer the server: never readable in a file.</summary>
    internal static ValueForm<SecretValue> HashedPassword { get; } = new(
        "a hashed password",
        (text, reading, out value) =>
        {
            Set(text, out value);
            return PasswordHash.TryRead(text, out _, out string fault) || reading.Fail(fault);
        }) { IsSecret = true };

    /// <summary>A key for the header <c>X-API-Key</c>: the characters and lengths that clients may count on.</summary>
    internal static ValueForm<SecretValue> ApiKey { get; } = new(
        "32 to 128 letters, digits or _",
        (text, reading, out value) => (Set(text, out value) && text.Length is >= 32 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            || reading.Fail("the key must have 32 to 128 letters, digits or _")) { IsSecret = true };

    /// <summary>The secret itself, for the one who needs it. Never log it.</summary>
    public string Reveal() => _text ?? "";

    public override string ToString() => IsEmpty ? "" : Mask;

    private static bool Set(string text, out SecretValue value)
    {
        value = new SecretValue(text);
        return true;
    }
}

/// <summary>A file with a certificate and its private key, and the password of the key.</summary>
/// <param name="Path">PEM.</param>
/// <param name="Password">Empty when the key is not encrypted.</param>
public sealed record CertificateFile(string Path, SecretValue Password)
{
    internal static ValueForm<CertificateFile> Form { get; } = new(
        "a file, and its password if it has one",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            SecretValue password = default;
            if (!cursor.TryPart(ValueParsers.FilePath, out string path) || (!cursor.AtEnd && !cursor.TryPart(SecretValue.Form, out password)))
            {
                return false;
            }

            value = new CertificateFile(path, password);
            return cursor.AtEnd || reading.Fail("a file and one password are expected; a path or password with blanks is written in quotes");
        },
        v => $"{Quoting.Quote(v.Path)} {v.Password}".TrimEnd()) { Quotes = QuoteUse.Raw, IsSecret = true };
}
