// Every mailbox provider that is known, found by domain or by MX hosts, and the rules that hold for any. Immutable; thread safe.

using System.Collections.Frozen;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>The content of a provider file.</summary>
public sealed class ProviderTable
{
    private static readonly Lazy<ProviderTable> _shipped = new(ProviderFile.ReadShipped);

    private readonly FrozenDictionary<DomainName, ProviderProfile> _byDomain;
    private readonly FrozenDictionary<string, ProviderProfile>.AlternateLookup<ReadOnlySpan<char>> _bySuffix;
    private readonly ProviderProfile? _any;

    /// <param name="providers">No two have a domain or a suffix in common.</param>
    internal ProviderTable(IReadOnlyList<ProviderProfile> providers)
    {
        Providers = providers;
        _byDomain = providers.SelectMany(p => p.Domains, KeyValuePair.Create).ToFrozenDictionary(p => p.Value, p => p.Key);
        _bySuffix = providers.SelectMany(p => p.MxSuffixes, KeyValuePair.Create).ToFrozenDictionary(p => p.Value.Text, p => p.Key, StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
        _any = providers.FirstOrDefault(p => p.Name == ProviderProfile.Any);
    }

    /// <summary>Knows nobody.</summary>
    public static ProviderTable Empty { get; } = new([]);

    /// <summary>What Godwit ships, read when somebody first asks.</summary>
    public static ProviderTable Shipped => _shipped.Value;

    /// <summary>In the order of the file; the one called <see cref="ProviderProfile.Any"/> included.</summary>
    public IReadOnlyList<ProviderProfile> Providers { get; }

    /// <summary>The provider of that name, ignoring case; null when there is none.</summary>
    public ProviderProfile? ByName(string name) => Providers.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The provider that a domain is known to be hosted at; null when none is.</summary>
    public ProviderProfile? ByDomain(DomainName domain) => _byDomain.GetValueOrDefault(domain);

    /// <summary>
    /// The provider whose hosts all of <paramref name="lowestPreferenceHosts"/> are; null when there is none, or when they belong to several. Anybody can
    /// name a provider's hosts in DNS: good for throttling, and for nothing that needs trust.
    /// </summary>
    public ProviderProfile? ByMx(IReadOnlyList<DomainName> lowestPreferenceHosts)
    {
        ProviderProfile? all = null;
        for (int i = 0; i < lowestPreferenceHosts.Count; i++)
        {
            ProviderProfile? one = OfHost(lowestPreferenceHosts[i]);
            if (one is null || (all is not null && one != all))
            {
                return null;
            }

            all = one;
        }

        return all;
    }

    /// <summary>The first rule of the provider that knows a reply, then the first of those for any; null when none does.</summary>
    /// <param name="provider">Null when the destination's provider is not known.</param>
    /// <param name="reply">Code, enhanced status and text; the lines joined by a blank, as <see cref="SmtpReply.ToString"/> writes it.</param>
    public ProviderReply? Match(ProviderProfile? provider, string reply) =>
        provider?.Match(reply) ?? (provider == _any ? null : _any?.Match(reply));

    /// <summary>One probe a label, the whole name first: the longest suffix wins.</summary>
    private ProviderProfile? OfHost(DomainName host)
    {
        ReadOnlySpan<char> suffix = host.IsLiteral ? default : host.Text.AsSpan();
        while (!suffix.IsEmpty)
        {
            if (_bySuffix.TryGetValue(suffix, out ProviderProfile? provider))
            {
                return provider;
            }

            int dot = suffix.IndexOf('.');
            suffix = dot < 0 ? default : suffix[(dot + 1)..];
        }

        return null;
    }
}
