// The keys of one virtual MTA under one configuration, chosen by identity for each message. Immutable; thread safe. A version that is replaced keeps its
// keys until the last signature with them is made; the runtime collects them then.

using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>A key and the names it signs for.</summary>
/// <param name="Selector"><c>s=</c></param>
/// <param name="Fixed">null when the key is in the vault.</param>
/// <param name="Vaulted">null when it was read with the configuration.</param>
internal sealed record SigningKey(string Selector, DomainPattern Pattern, DkimKey? Fixed, VaultedKey? Vaulted = null)
{
    /// <summary>Throws <see cref="KeyNotAtHandException"/> for one that has to be asked for.</summary>
    public DkimKey Key => Fixed ?? Vaulted!.Key;

    /// <summary>The same, asking for it first where that is needed. Throws <see cref="DkimKeyException"/> when it cannot be had.</summary>
    public async Task<DkimKey> FindKeyAsync()
    {
        if (Vaulted is not null)
        {
            await Vaulted.AskAsync();
        }

        return Key;
    }

    /// <summary>Where it is.</summary>
    public string Source => Fixed?.Source ?? Vaulted!.Source;

    /// <summary>What <c>d=</c> says for an identity that the key is for: the key's domain, or for a pattern the identity's own.</summary>
    public DomainName DomainFor(DomainName identity) => Pattern.Kind == DomainPatternKind.Exact ? DomainName.Parse(Pattern.Name) : identity;
}

/// <summary>Keys in the order in which they are tried.</summary>
/// <param name="lists">Those of the virtual MTA, of its pool, of the server: as far as there are any.</param>
internal sealed class KeyRing(IReadOnlyList<KeyList> lists)
{
    public static KeyRing Empty { get; } = new([]);

    public bool IsEmpty => lists.Count == 0;

    /// <summary>Every key that is for this identity, in the order in which they are tried.</summary>
    public IEnumerable<SigningKey> All(DomainName identity) => lists.SelectMany(list => list.All(identity));

    /// <summary>The first key of this kind whose domain is the identity's or above it.</summary>
    /// <param name="under">Only a key that signs with this <c>d=</c>; absent for any.</param>
    /// <param name="selector">Only a key with this selector; empty for any.</param>
    public SigningKey? Find(DomainName identity, DkimAlgorithm algorithm, DomainName under = default, string selector = "")
    {
        // No receiver looks up the key of an address literal.
        if (identity.IsEmpty || identity.IsLiteral)
        {
            return null;
        }

        foreach (KeyList list in lists)
        {
            if (list.Find(identity, algorithm, under, selector) is { } key)
            {
                return key;
            }
        }

        return null;
    }
}

/// <summary>The keys of one block, findable by name: a server may sign for ten thousand domains.</summary>
internal sealed class KeyList
{
    private readonly IReadOnlyList<SigningKey> _keys;
    private readonly Dictionary<string, List<int>> _named = new(StringComparer.Ordinal);
    private readonly List<int> _patterns = [];

    public KeyList(IReadOnlyList<SigningKey> keys)
    {
        _keys = keys;
        for (int i = 0; i < keys.Count; i++)
        {
            if (keys[i].Pattern.Kind != DomainPatternKind.Exact)
            {
                _patterns.Add(i);
            }
            else if (_named.TryGetValue(keys[i].Pattern.Name, out List<int>? same))
            {
                same.Add(i);
            }
            else
            {
                _named[keys[i].Pattern.Name] = [i];
            }
        }
    }

    public IEnumerable<SigningKey> All(DomainName identity) => _keys.Where(key =>
        key.Pattern.Kind == DomainPatternKind.Exact ? identity.IsWithin(DomainName.Parse(key.Pattern.Name)) : key.Pattern.Matches(identity));

    public SigningKey? Find(DomainName identity, DkimAlgorithm algorithm, DomainName under, string selector)
    {
        int first = FirstOf(_patterns, identity, algorithm, under, selector, _keys.Count);
        var names = _named.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlySpan<char> name = identity.Text;
        while (true)
        {
            if (names.TryGetValue(name, out List<int>? keys))
            {
                first = FirstOf(keys, identity, algorithm, under, selector, first);
            }

            int dot = name.IndexOf('.');
            if (dot < 0)
            {
                return first < _keys.Count ? _keys[first] : null;
            }

            name = name[(dot + 1)..];
        }
    }

    /// <summary>The first of them that fits, if it stands before <paramref name="limit"/>.</summary>
    private int FirstOf(List<int> candidates, DomainName identity, DkimAlgorithm algorithm, DomainName under, string selector, int limit)
    {
        foreach (int at in candidates)
        {
            SigningKey key = _keys[at];
            if (at >= limit)
            {
                return limit;
            }

            // What kind a key is comes last: one in the vault has to be there for that.
            if ((key.Pattern.Kind == DomainPatternKind.Exact || key.Pattern.Matches(identity))
                && (under.IsEmpty || key.DomainFor(identity) == under)
                && (selector.Length == 0 || selector.Equals(key.Selector, StringComparison.OrdinalIgnoreCase))
                && key.Key.Algorithm == algorithm)
            {
                return at;
            }
        }

        return limit;
    }
}
