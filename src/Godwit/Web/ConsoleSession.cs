// Somebody who has signed in. Owned by SessionBook, which alone changes it, under its lock.

using System.Security.Cryptography;
using Godwit.Settings;

namespace Godwit.Web;

/// <summary>One session.</summary>
/// <param name="user">As the configuration said it when the session began; null for who showed the token of this machine's file.</param>
internal sealed class ConsoleSession(HttpUserSettings? user, long began)
{
    /// <summary>256 bits: cannot be guessed.</summary>
    private const int Octets = 32;

    public HttpUserSettings? User => user;

    public string Name => user?.Name ?? "";

    public AccessLevel Level => user?.Level ?? AccessLevel.Admin;

    /// <summary>The cookie's value.</summary>
    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Octets));

    public string CsrfToken { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Octets));

    /// <summary>A timestamp of the book's clock.</summary>
    public long Began { get; } = began;

    /// <summary>The same of the last request.</summary>
    public long Used { get; set; } = began;
}
