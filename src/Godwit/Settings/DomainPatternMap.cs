// Patterns to values, asked by domain: one dictionary probe for each label of the name, whatever the number of patterns.
// Filled while a configuration is built, then only read; reading is thread safe.

using System.Net;
using System.Runtime.InteropServices;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Finds every value whose pattern matches a domain, from the general to the specific.</summary>
internal sealed class DomainPatternMap<T>
    where T : class
{
    // Made when needed: a thousand virtual MTAs have a map each, and most of them name no domain but *.
    private Dictionary<string, Slot>? _names;
    private Dictionary<string, Slot>.AlternateLookup<ReadOnlySpan<char>> _suffixes;
    private List<(IPNetwork Network, T Value)>? _networks;
    private T? _all;

    /// <summary>Whether a pattern other than <c>*</c> matches.</summary>
    public bool IsNamed(DomainName domain)
    {
        int matches = _all is null ? 0 : -1;
        foreach (T _ in For(domain))
        {
            matches++;
        }

        return matches > 0;
    }

    /// <summary>Makes room for so many names at once.</summary>
    public void Expect(int names)
    {
        if (names > 1)
        {
            Names().EnsureCapacity(names);
        }
    }

    /// <summary>The value of exactly this pattern; null when it has none.</summary>
    public T? Find(DomainPattern pattern) => pattern.Kind switch
    {
        DomainPatternKind.All => _all,
        DomainPatternKind.Network => FindNetwork(pattern.Network),
        DomainPatternKind.Both => _names?.GetValueOrDefault(pattern.Name).Both,
        DomainPatternKind.Below => _names?.GetValueOrDefault(pattern.Name).Below,
        DomainPatternKind.Exact => _names?.GetValueOrDefault(pattern.Name).Exact,
        _ => null,
    };

    /// <summary>Sets the value of a pattern; an earlier one of the same pattern goes. Kinds without domains of their own are ignored.</summary>
    public void Set(DomainPattern pattern, T value)
    {
        switch (pattern.Kind)
        {
            case DomainPatternKind.All:
                _all = value;
                break;
            case DomainPatternKind.Network:
                SetNetwork(pattern.Network, value);
                break;
            case DomainPatternKind.Both or DomainPatternKind.Below or DomainPatternKind.Exact:
                SetName(pattern, value);
                break;
        }
    }

    /// <summary>The matches for a canonical name: <c>*</c>, then suffix by suffix <c>[*.]x</c> before <c>*.x</c>, then the name itself.</summary>
    public Matches For(DomainName domain) => new(this, domain);

    // Methods of their own: what their lambdas hold would else be allocated for every pattern.
    private T? FindNetwork(IPNetwork network) => _networks?.Find(n => n.Network.Equals(network)).Value;

    private void SetNetwork(IPNetwork network, T value)
    {
        // Short prefixes first; few configurations have any of these, and only mail to address literals looks at them.
        _networks ??= [];
        _networks.RemoveAll(n => n.Network.Equals(network));
        int place = _networks.FindLastIndex(n => n.Network.PrefixLength <= network.PrefixLength) + 1;
        _networks.Insert(place, (network, value));
    }

    private void SetName(DomainPattern pattern, T value)
    {
        ref Slot slot = ref CollectionsMarshal.GetValueRefOrAddDefault(Names(), pattern.Name, out _);

        _ = pattern.Kind switch
        {
            DomainPatternKind.Both => slot.Both = value,
            DomainPatternKind.Below => slot.Below = value,
            _ => slot.Exact = value,
        };
    }

    private Dictionary<string, Slot> Names()
    {
        if (_names is null)
        {
            _names = new Dictionary<string, Slot>(StringComparer.Ordinal);
            _suffixes = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        return _names;
    }

    /// <summary>What is said about one name: <c>[*.]x</c>, <c>*.x</c> and <c>x</c>.</summary>
    private record struct Slot(T? Both, T? Below, T? Exact);

    /// <summary>Walks the matches without allocating: <c>foreach</c> over it.</summary>
    public struct Matches(DomainPatternMap<T> map, DomainName domain)
    {
        private readonly string _name = domain.Text;

        // Where the suffix to probe next starts; past the end before the first probe, -1 when all are done.
        private int _start = domain.IsEmpty || map._names is null ? -1 : domain.Text.Length + 1;
        private int _network = domain.IsLiteral ? 0 : int.MaxValue;
        private bool _begun;
        private T? _second;

        public T Current { readonly get; private set; } = null!;

        public readonly Matches GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_second is { } waiting)
            {
                _second = null;
                return Take(waiting);
            }

            if (!_begun)
            {
                _begun = true;
                if (map._all is { } all)
                {
                    return Take(all);
                }
            }

            return NextNetwork() || NextSuffix();
        }

        private bool NextSuffix()
        {
            while (_start > 0)
            {
                _start = _start == 1 || domain.IsLiteral ? 0 : _name.AsSpan(0, _start - 1).LastIndexOf('.') + 1;
                if (!map._suffixes.TryGetValue(_name.AsSpan(_start), out Slot slot))
                {
                    continue;
                }

                T? first = slot.Both;
                T? second = _start == 0 ? slot.Exact : slot.Below;
                if ((first ?? second) is { } match)
                {
                    _second = first is null ? null : second;
                    return Take(match);
                }
            }

            return false;
        }

        private bool NextNetwork()
        {
            if (map._networks is null || _network >= map._networks.Count || !domain.TryGetAddress(out IPAddress? address))
            {
                return false;
            }

            while (_network < map._networks.Count)
            {
                (IPNetwork network, T value) = map._networks[_network++];
                if (network.Contains(address))
                {
                    return Take(value);
                }
            }

            return false;
        }

        private bool Take(T value)
        {
            Current = value;
            return true;
        }
    }
}
