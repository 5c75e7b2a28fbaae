// Patterns to values, asked by domain: one dictionary probe for each label of the name, whatever the number of patterns.
// Filled while a configuration is built, then only read; reading is thread safe.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>Finds every value whose pattern matches a domain, from the general to the specific.</summary>
internal sealed class DomainPatternMap<T>
    where T : class
{
    private readonly Dictionary<string, Slot> _names = new(StringComparer.Ordinal);
    private readonly List<(IPNetwork Network, T Value)> _networks = [];
    private readonly Dictionary<string, Slot>.AlternateLookup<ReadOnlySpan<char>> _suffixes;
    private T? _all;

    public DomainPatternMap() => _suffixes = _names.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Sets the value of a pattern, once. Kinds without domains of their own are ignored.</summary>
    public void Set(DomainPattern pattern, T value)
    {
        switch (pattern.Kind)
        {
            case DomainPatternKind.All:
                _all = value;
                break;
            case DomainPatternKind.Network:
                // Short prefixes first; few configurations have any of these, and only mail to address literals looks at them.
                int place = _networks.FindLastIndex(n => n.Network.PrefixLength <= pattern.Network.PrefixLength) + 1;
                _networks.Insert(place, (pattern.Network, value));
                break;
            case DomainPatternKind.Both or DomainPatternKind.Below or DomainPatternKind.Exact:
                SetName(pattern, value);
                break;
        }
    }

    /// <summary>The matches for a canonical name: <c>*</c>, then suffix by suffix <c>[*.]x</c> before <c>*.x</c>, then the name itself.</summary>
    public Matches For(DomainName domain) => new(this, domain);

    private void SetName(DomainPattern pattern, T value)
    {
        if (!_names.TryGetValue(pattern.Name, out Slot? slot))
        {
            _names[pattern.Name] = slot = new Slot();
        }

        _ = pattern.Kind switch
        {
            DomainPatternKind.Both => slot.Both = value,
            DomainPatternKind.Below => slot.Below = value,
            _ => slot.Exact = value,
        };
    }

    private sealed class Slot
    {
        public T? Both { get; set; }

        public T? Below { get; set; }

        public T? Exact { get; set; }
    }

    /// <summary>Walks the matches without allocating: <c>foreach</c> over it.</summary>
    public struct Matches(DomainPatternMap<T> map, DomainName domain)
    {
        private readonly string _name = domain.Text;

        // Where the suffix to probe next starts; past the end before the first probe, -1 when all are done.
        private int _start = domain.IsEmpty ? -1 : domain.Text.Length + 1;
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
                if (!map._suffixes.TryGetValue(_name.AsSpan(_start), out Slot? slot))
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
            if (_network >= map._networks.Count || !domain.TryGetAddress(out IPAddress? address))
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
