// The keys of one configuration version: read once, when it is loaded, and chosen by identity for each message. Immutable; thread safe.
// A version that is replaced keeps its keys until the last signature with them is made; the runtime collects them then.

using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>A key and the name it signs with.</summary>
/// <param name="Selector"><c>s=</c></param>
/// <param name="Domain">The domain that the key is for; empty for any.</param>
internal sealed record SigningKey(string Selector, string Domain, DkimKey Key);

/// <summary>Chooses keys.</summary>
internal sealed class KeyRing(IReadOnlyList<SigningKey> own, IReadOnlyList<SigningKey> common)
{
    /// <summary>
    /// The first key whose domain is the identity's or above it, those of the virtual MTA first, then the server's, each in the order of the file.
    /// </summary>
    /// <param name="domain">The identity's, in lower case.</param>
    /// <param name="algorithm">Only keys of this kind.</param>
    public SigningKey? Find(string domain, DkimAlgorithm algorithm) => Find(own, domain, algorithm) ?? Find(common, domain, algorithm);

    private static SigningKey? Find(IReadOnlyList<SigningKey> keys, string domain, DkimAlgorithm algorithm)
    {
        foreach (SigningKey key in keys)
        {
            if (key.Key.Algorithm == algorithm && IsAbove(key.Domain, domain))
            {
                return key;
            }
        }

        return null;
    }

    private static bool IsAbove(string above, string domain) =>
        above.Length == 0 || (domain.EndsWith(above, StringComparison.OrdinalIgnoreCase)
            && (domain.Length == above.Length || domain[^(above.Length + 1)] == '.'));
}
