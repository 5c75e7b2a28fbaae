// From a domain to the hosts that take its mail, in the order to try them (RFC 5321 section 5.1).
// Owned by the composition root. Remembers whole answers, so that the usual question (every connection asks) costs a dictionary lookup;
// what changes from call to call, the order among equals, is done on the remembered answer. A failure outside is a status.

using System.Net;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Dns;

/// <summary>Finds the hosts of a destination. Thread safe.</summary>
public sealed class MxLookup
{
    /// <summary>
    /// Hosts of one domain that are looked up, best first; more than a delivery tries (mx-connection-attempts), and the most that one hostile zone
    /// can make us ask for.
    /// </summary>
    internal const int MaxHosts = 50;

    /// <summary>What a slow host can cost the others of its domain: time to ask again for a lost answer, which NameServerList does after two.</summary>
    private static readonly TimeSpan _longestHoldUp = TimeSpan.FromSeconds(3);

    private readonly DnsResolver _resolver;
    private readonly Random _random;
    private readonly Lock _randomGate = new();

    // One for each of AddressFamilies; a server mostly uses one of them.
    private readonly NameCache<Known>[] _domains;
    private readonly NameCache<Known>[] _hosts;

    /// <param name="resolver">Asks and remembers single answers.</param>
    /// <param name="random">Shuffles; used under a lock, so it needs no thread safety.</param>
    public MxLookup(DnsResolver resolver, Random random)
    {
        _resolver = resolver;
        _random = random;
        _domains = Caches(resolver.Clock);
        _hosts = Caches(resolver.Clock);
    }

    /// <summary>MX records, else the domain's own addresses; each host with its addresses. An address literal is its own answer.</summary>
    public ValueTask<MxAnswer> FindAsync(DomainName domain, LookupTerms terms, CancellationToken cancellation)
    {
        if (_domains[(int)terms.Families].Find(domain) is { } known && known.Generation == _resolver.Generation)
        {
            return new(Vary(known));
        }

        return domain.TryGetAddress(out IPAddress? address) ? new(Literal(domain, address)) : FindDomainAsync(domain, terms, cancellation);
    }

    /// <summary>
    /// Addresses of one host, without MX. Takes address literals, and bare IPv4 addresses as operators write them in <c>smtp-hosts</c>.
    /// </summary>
    public ValueTask<MxAnswer> FindHostAsync(DomainName host, LookupTerms terms, CancellationToken cancellation)
    {
        if (_hosts[(int)terms.Families].Find(host) is { } known && known.Generation == _resolver.Generation)
        {
            return new(Vary(known));
        }

        return host.TryGetAddress(out IPAddress? address) || TryReadBareAddress(host, out address)
            ? new(Literal(host, address!))
            : FindSingleAsync(host, terms, cancellation);
    }

    private static NameCache<Known>[] Caches(ServerClock clock)
    {
        var caches = new NameCache<Known>[(int)AddressFamilies.IPv6Only + 1];
        for (int i = 0; i < caches.Length; i++)
        {
            caches[i] = new NameCache<Known>(DnsCache.Capacity, clock);
        }

        return caches;
    }

    private static MxAnswer Literal(DomainName domain, IPAddress address) =>
        new(MxStatus.Found, [new MailHost(domain, 0, [address])], $"{domain}: an address, nothing was asked") { IsAuthentic = true };

    private static bool TryReadBareAddress(DomainName host, out IPAddress? address)
    {
        address = null;
        return EndsInNumber(host) && host.Text.AsSpan().Count('.') == 3 && IPAddress.TryParse(host.Text, out address);
    }

    /// <summary>No top-level domain is a number (RFC 3696 section 2): such a name is an address somebody wrote in the wrong place.</summary>
    private static bool EndsInNumber(DomainName name)
    {
        ReadOnlySpan<char> text = name.Text;
        return !text[(text.LastIndexOf('.') + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    private async ValueTask<MxAnswer> FindDomainAsync(DomainName domain, LookupTerms terms, CancellationToken cancellation)
    {
        int generation = _resolver.Generation;
        DnsAnswer mx = await _resolver.QueryAsync(domain, DnsType.MX, terms.FailuresFor, cancellation);
        Known known = mx.Status switch
        {
            DnsStatus.Found => await FromRecordsAsync(mx, terms, cancellation),
            DnsStatus.NoRecords => await ImplicitAsync(mx, terms, cancellation),
            DnsStatus.NoSuchName => new Known(new MxAnswer(MxStatus.NoSuchDomain, [], mx.Detail), mx.Expires),
            _ => new Known(new MxAnswer(MxStatus.TemporaryFailure, [], mx.Detail), mx.Expires),
        };
        return Remember(_domains[(int)terms.Families], domain, known, generation);
    }

    private async ValueTask<MxAnswer> FindSingleAsync(DomainName host, LookupTerms terms, CancellationToken cancellation)
    {
        int generation = _resolver.Generation;
        HostAddresses found = (await FindAddressesAsync([host], terms, cancellation))[0];
        MxStatus status = found.Status == MxStatus.NoHosts && found.IsUnknownName ? MxStatus.NoSuchDomain : found.Status;
        IReadOnlyList<MailHost> hosts = status == MxStatus.Found ? [new MailHost(host, 0, found.Addresses)] : [];
        var answer = new MxAnswer(status, hosts, found.Detail) { IsAuthentic = true };
        return Remember(_hosts[(int)terms.Families], host, new Known(answer, found.Expires), generation);
    }

    /// <summary>A failure is not remembered here: how long it is believed is for each asker to say, and the resolver knows its parts.</summary>
    private MxAnswer Remember(NameCache<Known> cache, DomainName name, Known known, int generation)
    {
        known.Generation = generation;
        if (known.Answer.Status != MxStatus.TemporaryFailure)
        {
            cache.Store(name, known, known.Expires, cache.Generation);
        }

        return Vary(known);
    }

    /// <summary>No MX: the domain is its own host (RFC 5321 section 5.1), under the name its aliases lead to.</summary>
    private async Task<Known> ImplicitAsync(DnsAnswer mx, LookupTerms terms, CancellationToken cancellation)
    {
        HostAddresses found = (await FindAddressesAsync([mx.CanonicalName], terms, cancellation))[0];
        IReadOnlyList<MailHost> hosts = found.Status == MxStatus.Found ? [new MailHost(mx.CanonicalName, 0, found.Addresses)] : [];
        var answer = new MxAnswer(found.Status, hosts, $"{mx.Detail}; {found.Detail}")
        {
            Exchanges = [new MailExchange(mx.CanonicalName, 0)],
            IsAuthentic = mx.IsAuthentic,
        };
        return new Known(answer, Instant.Min(mx.Expires, found.Expires));
    }

    private async Task<Known> FromRecordsAsync(DnsAnswer mx, LookupTerms terms, CancellationToken cancellation)
    {
        List<MxRecord> targets = Targets(mx.Records, out bool onlyRoot);
        if (onlyRoot)
        {
            // RFC 7505 section 3 asks for preference 0; whoever writes another means the same.
            return new Known(new MxAnswer(MxStatus.NullMx, [], $"{mx.Detail}: the domain takes no mail (null MX)"), mx.Expires);
        }

        if (targets.Count == 0)
        {
            return new Known(new MxAnswer(MxStatus.NoHosts, [], $"{mx.Detail}: none names a host"), mx.Expires);
        }

        return Combine(mx, targets, await FindAddressesAsync([.. targets.Select(static target => target.Host)], terms, cancellation));
    }

    /// <summary>The usable targets by preference, each host once, at most <see cref="MaxHosts"/>.</summary>
    private static List<MxRecord> Targets(IReadOnlyList<DnsRecord> records, out bool onlyRoot)
    {
        onlyRoot = true;
        var targets = new List<MxRecord>(records.Count);
        foreach (DnsRecord record in records)
        {
            var mx = (MxRecord)record;
            onlyRoot &= mx.IsRoot;
            if (!mx.Host.IsEmpty && !EndsInNumber(mx.Host))
            {
                targets.Add(mx);
            }
        }

        targets.Sort(static (a, b) => a.Preference.CompareTo(b.Preference));
        var seen = new HashSet<DomainName>(targets.Count);
        targets.RemoveAll(t => !seen.Add(t.Host));
        if (targets.Count > MaxHosts)
        {
            targets.RemoveRange(MaxHosts, targets.Count - MaxHosts);
        }

        return targets;
    }

    /// <summary>Hosts without an address are skipped; without any host the worst news counts: "later" before "never".</summary>
    private static Known Combine(DnsAnswer mx, List<MxRecord> targets, HostAddresses[] found)
    {
        Instant expires = mx.Expires;
        var hosts = new List<MailHost>(found.Length);
        HostAddresses? trouble = null;
        for (int i = 0; i < found.Length; i++)
        {
            expires = Instant.Min(expires, found[i].Expires);
            if (found[i].Status == MxStatus.Found)
            {
                hosts.Add(new MailHost(targets[i].Host, targets[i].Preference, found[i].Addresses));
            }
            else if (trouble is null || (found[i].Status == MxStatus.TemporaryFailure && trouble.Status != MxStatus.TemporaryFailure))
            {
                trouble = found[i];
            }
        }

        MxAnswer answer = hosts.Count > 0
            ? new MxAnswer(MxStatus.Found, hosts, mx.Detail)
            : new MxAnswer(trouble!.Status, [], $"{mx.Detail}, no host with an address; {trouble.Detail}");
        MailExchange[] exchanges = [.. targets.Select(static target => new MailExchange(target.Host, target.Preference))];
        return new Known(answer with { Exchanges = exchanges, IsAuthentic = mx.IsAuthentic }, expires);
    }

    /// <summary>
    /// Addresses of the wanted families for each host. When none of them has any, those of the other family: whether a host has no address or only one
    /// that cannot be used is a difference to whoever has to repair it.
    /// </summary>
    private async Task<HostAddresses[]> FindAddressesAsync(DomainName[] hosts, LookupTerms terms, CancellationToken cancellation)
    {
        HostAddresses[] found = await FindEachAsync(hosts, terms, cancellation);
        bool isSettled = terms.Families == AddressFamilies.Both || Array.Exists(found, static each => each.Status != MxStatus.NoHosts)
            || Array.TrueForAll(found, static each => each.IsUnknownName);
        return isSettled ? found : await FindEachAsync(hosts, terms with { Families = AddressFamilies.Both }, cancellation);
    }

    /// <summary>
    /// All at once: the names are independent, and the resolver bounds what is on the wire. Whoever is late is left out while others are known; the
    /// question goes on in the resolver, and the next lookup finds its answer.
    /// </summary>
    private async Task<HostAddresses[]> FindEachAsync(DomainName[] hosts, LookupTerms terms, CancellationToken cancellation)
    {
        var lookups = new Task<HostAddresses>[hosts.Length];
        for (int i = 0; i < lookups.Length; i++)
        {
            lookups[i] = terms.Families switch
            {
                AddressFamilies.IPv4Only => FindFamilyAsync(hosts[i], DnsType.A, terms, cancellation),
                AddressFamilies.IPv6Only => FindFamilyAsync(hosts[i], DnsType.AAAA, terms, cancellation),
                _ => FindBothAsync(hosts[i], terms, cancellation),
            };
        }

        Task<HostAddresses[]> all = Task.WhenAll(lookups);
        if (lookups.Length > 1)
        {
            await ((Task)all).WaitAsync(_longestHoldUp, _resolver.Clock.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (!all.IsCompleted && !Array.Exists(lookups, static each => each.IsCompletedSuccessfully && each.Result.Status == MxStatus.Found))
            {
                await Task.WhenAny(lookups.Where(static each => !each.IsCompleted));
            }
        }

        bool isWhole = all.IsCompleted || lookups.Length == 1;
        return isWhole ? await all : [.. lookups.Select((each, i) => each.IsCompletedSuccessfully ? each.Result : Late(hosts[i]))];
    }

    private HostAddresses Late(DomainName host) =>
        new(MxStatus.TemporaryFailure, [], $"{host}: no address within {_longestHoldUp.TotalSeconds:0} s", _resolver.Clock.Now + DnsCache.MinTtl);

    private async Task<HostAddresses> FindFamilyAsync(DomainName host, DnsType type, LookupTerms terms, CancellationToken cancellation)
    {
        DnsAnswer answer = await _resolver.QueryAsync(host, type, terms.FailuresFor, cancellation);
        return Addresses(AddressOrder.Alternate(answer.Records, []), answer, answer.Expires);
    }

    private async Task<HostAddresses> FindBothAsync(DomainName host, LookupTerms terms, CancellationToken cancellation)
    {
        ValueTask<DnsAnswer> sixthAsked = _resolver.QueryAsync(host, DnsType.AAAA, terms.FailuresFor, cancellation);
        ValueTask<DnsAnswer> fourthAsked = _resolver.QueryAsync(host, DnsType.A, terms.FailuresFor, cancellation);
        DnsAnswer sixth = await sixthAsked;
        DnsAnswer fourth = await fourthAsked;
        IPAddress[] addresses = AddressOrder.Alternate(sixth.Records, fourth.Records);
        DnsAnswer telling = addresses.Length > 0
            ? fourth.Status == DnsStatus.Found ? fourth : sixth
            : sixth.Status == DnsStatus.Failure ? sixth : fourth;
        return Addresses(addresses, telling, Instant.Min(sixth.Expires, fourth.Expires));
    }

    /// <param name="telling">The answer that says why there are addresses, or none.</param>
    private static HostAddresses Addresses(IPAddress[] addresses, DnsAnswer telling, Instant expires)
    {
        MxStatus status = addresses.Length > 0 ? MxStatus.Found : telling.Status == DnsStatus.Failure ? MxStatus.TemporaryFailure : MxStatus.NoHosts;
        return new HostAddresses(status, addresses, telling.Detail, expires) { IsUnknownName = telling.Status == DnsStatus.NoSuchName };
    }

    /// <summary>The remembered answer with equals in a new order; the very same object when there are no equals.</summary>
    private MxAnswer Vary(Known known)
    {
        if (!known.CanVary)
        {
            return known.Answer;
        }

        MailHost[] hosts = [.. known.Answer.Hosts];
        lock (_randomGate)
        {
            ShuffleEquals(hosts);
            for (int i = 0; i < hosts.Length; i++)
            {
                if (AddressOrder.CanVary(hosts[i].Addresses))
                {
                    hosts[i] = hosts[i] with { Addresses = AddressOrder.Shuffle(hosts[i].Addresses, _random) };
                }
            }
        }

        return known.Answer with { Hosts = hosts };
    }

    /// <summary>"The sender-SMTP MUST randomize them to spread the load" (RFC 5321 section 5.1), for hosts of one preference.</summary>
    private void ShuffleEquals(MailHost[] hosts)
    {
        int start = 0;
        for (int i = 1; i <= hosts.Length; i++)
        {
            if (i == hosts.Length || hosts[i].Preference != hosts[start].Preference)
            {
                _random.Shuffle(hosts.AsSpan(start, i - start));
                start = i;
            }
        }
    }

    private sealed record HostAddresses(MxStatus Status, IPAddress[] Addresses, string Detail, Instant Expires)
    {
        public bool IsUnknownName { get; init; }
    }

    /// <summary>A worked-out answer and how long it holds.</summary>
    private sealed class Known(MxAnswer answer, Instant expires)
    {
        public MxAnswer Answer { get; } = answer;

        public Instant Expires { get; } = expires;

        /// <summary>The resolver's when the work began; a cleared cache voids it.</summary>
        public int Generation { get; set; }

        public bool CanVary { get; } = HasEquals(answer.Hosts);

        private static bool HasEquals(IReadOnlyList<MailHost> hosts)
        {
            for (int i = 0; i < hosts.Count; i++)
            {
                if (AddressOrder.CanVary(hosts[i].Addresses) || (i > 0 && hosts[i].Preference == hosts[i - 1].Preference))
                {
                    return true;
                }
            }

            return false;
        }
    }
}
