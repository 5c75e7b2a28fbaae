// One SPF check from start to end: check_host() of RFC 7208 section 4, with what it may still cost. Made for one check and used by one task.
// Whatever records say, it ends: terms that ask DNS are counted over all includes and redirects, names of MX and PTR are bounded, and the time
// of the whole is its caller's cancellation.

using System.Net;
using System.Net.Sockets;
using Godwit.Dns;

namespace Godwit.Verification;

/// <summary>Evaluates records.</summary>
internal sealed partial class SpfCheck
{
    /// <summary>Terms that ask DNS (section 4.6.4).</summary>
    public const int MaxLookups = 10;

    /// <summary>Hosts of one mx term, and names of one client (section 4.6.4).</summary>
    public const int MaxNames = 10;

    /// <summary>Steps that are kept for the operator: more than the ten lookups with their records can be.</summary>
    private const int MaxSteps = 200;

    private readonly SenderLookup _lookup;
    private readonly int _maxVoidLookups;
    private readonly IPAddress _address;
    private readonly bool _isSixth;
    private readonly string _sender;
    private readonly string _helo;
    private readonly string _receiver;
    private readonly long _unixSeconds;
    private readonly CancellationToken _cancellation;
    private readonly List<string>? _steps;
    private int _lookups;
    private int _voidLookups;
    private IReadOnlyList<string>? _validatedNames;

    private SpfCheck(
        SenderLookup lookup, SpfIdentity identity, string sender, int maxVoidLookups, long unixSeconds, List<string>? steps, CancellationToken cancellation)
    {
        _lookup = lookup;
        _maxVoidLookups = maxVoidLookups;
        _address = identity.Address.IsIPv4MappedToIPv6 ? identity.Address.MapToIPv4() : identity.Address;
        _isSixth = _address.AddressFamily == AddressFamily.InterNetworkV6;
        (_sender, _helo, _receiver) = (sender, identity.Helo, identity.Receiver);
        (_unixSeconds, _steps, _cancellation) = (unixSeconds, steps, cancellation);
    }

    /// <summary>Checks one sender.</summary>
    /// <param name="maxVoidLookups">Terms whose names may have no records before the record counts as broken: two, if nobody says otherwise.</param>
    /// <param name="steps">Takes the records and terms that were visited; null when nobody wants them.</param>
    /// <param name="cancellation">Ends the check with TempError: its deadline.</param>
    public static async ValueTask<SpfVerdict> RunAsync(
        SenderLookup lookup, SpfIdentity identity, int maxVoidLookups, long unixSeconds, List<string>? steps, CancellationToken cancellation)
    {
        // Section 2.4: no reverse-path, then postmaster at the HELO name; section 4.3: no local part, then postmaster.
        bool ofHelo = identity.Sender.Length == 0;
        string sender = ofHelo ? $"postmaster@{identity.Helo}" : identity.Sender;
        int at = sender.LastIndexOf('@');
        sender = at < 0 ? $"postmaster@{sender}" : at == 0 ? $"postmaster{sender}" : sender;
        string domain = sender[(sender.LastIndexOf('@') + 1)..].TrimEnd('.').ToLowerInvariant();
        if (!IsFullName(domain))
        {
            return new SpfVerdict(SpfResult.None, "", $"{Shown(domain)} is no name that a record could stand at", "") { IsOfHelo = ofHelo };
        }

        var check = new SpfCheck(lookup, identity, sender, maxVoidLookups, unixSeconds, steps, cancellation);
        try
        {
            SpfVerdict verdict = await check.HostAsync(domain, wantsExplanation: true);
            return verdict with { IsOfHelo = ofHelo, Identity = domain, Reason = Shown(verdict.Reason) };
        }
        catch (OperationCanceledException)
        {
            return new SpfVerdict(SpfResult.TempError, domain, "the check took too long", "") { IsOfHelo = ofHelo, Identity = domain };
        }
    }

    /// <summary>Section 4.3: at least two labels, none empty or overlong, no address literal.</summary>
    private static bool IsFullName(string domain)
    {
        if (domain.Length > SpfMacro.MaxDomain || !domain.Contains('.', StringComparison.Ordinal) || domain[0] == '[')
        {
            return false;
        }

        foreach (string label in domain.Split('.'))
        {
            if (label.Length is 0 or > 63)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>check_host(): the record of a domain, found, read and evaluated.</summary>
    private async ValueTask<SpfVerdict> HostAsync(string domain, bool wantsExplanation)
    {
        // 1 Section 4.4 and 4.5: the one record.
        NameAnswer answer = await AskAsync(domain, DnsType.TXT);
        if (answer.Status == DnsStatus.Failure)
        {
            return Verdict(SpfResult.TempError, domain, $"no answer for the record of {domain}");
        }

        string? text = null;
        foreach (DnsRecord each in answer.Records)
        {
            if (each is TextRecord found && SpfReader.IsRecord(found.Text))
            {
                if (text is not null)
                {
                    return Verdict(SpfResult.PermError, domain, $"{domain} has more than one SPF record");
                }

                text = found.Text;
            }
        }

        if (text is null)
        {
            return Verdict(SpfResult.None, domain, $"{domain} has no SPF record");
        }

        // 2 Section 4.6: the whole must be right before any of it counts.
        Note($"{domain}: {text}");
        if (!SpfReader.TryRead(text, out SpfRecord record, out string problem))
        {
            return Verdict(SpfResult.PermError, domain, $"the record of {domain}: {problem}");
        }

        // 3 Terms in their order; the first match decides.
        foreach (SpfTerm term in record.Terms)
        {
            (bool matched, SpfVerdict? broken) = await MatchesAsync(term, domain);
            if (broken is not null)
            {
                return broken;
            }

            if (matched)
            {
                Note($"{domain}: {term.Text} matches");
                string explanation = term.Means == SpfResult.Fail && wantsExplanation ? await ExplainAsync(record.Explanation, domain) : "";
                return new SpfVerdict(term.Means, domain, $"{domain}: {term.Text}", explanation);
            }
        }

        // 4 Section 6.1 and 4.7.
        return record.Redirect is null
            ? Verdict(SpfResult.Neutral, domain, $"{domain}: no term matches")
            : await RedirectAsync(record.Redirect, domain, wantsExplanation);
    }

    private async ValueTask<SpfVerdict> RedirectAsync(string spec, string domain, bool wantsExplanation)
    {
        if (TooManyLookups(domain, $"redirect={spec}") is { } broken)
        {
            return broken;
        }

        string target = await NameAsync(spec, domain);
        SpfVerdict verdict = IsFullName(target)
            ? await HostAsync(target, wantsExplanation)
            : Verdict(SpfResult.None, target, $"{Shown(target)} is no name that a record could stand at");

        // Section 6.1: a redirect to nothing is an error of the record.
        return verdict.Result == SpfResult.None
            ? Verdict(SpfResult.PermError, domain, $"{domain}: redirect={spec}: {verdict.Reason}")
            : verdict;
    }

    private async ValueTask<(bool Matched, SpfVerdict? Broken)> MatchesAsync(SpfTerm term, string domain)
    {
        switch (term.Mechanism)
        {
            case SpfMechanism.All:
                return (true, null);
            case SpfMechanism.Ip4:
                return (!_isSixth && IsIn(term.Network!, term.Prefix4), null);
            case SpfMechanism.Ip6:
                return (_isSixth && IsIn(term.Network!, term.Prefix6), null);
        }

        if (TooManyLookups(domain, term.Text) is { } broken)
        {
            return (false, broken);
        }

        string target = term.DomainSpec.Length == 0 ? domain : await NameAsync(term.DomainSpec, domain);
        return term.Mechanism switch
        {
            SpfMechanism.Include => await IncludeAsync(term, target, domain),
            SpfMechanism.A => await AddressAsync(term, target, domain),
            SpfMechanism.Mx => await MailHostsAsync(term, target, domain),
            SpfMechanism.Ptr => await NamedAsync(term, target, domain),
            _ => await ExistsAsync(term, target, domain),
        };
    }

    /// <summary>Section 5.2.</summary>
    private async ValueTask<(bool Matched, SpfVerdict? Broken)> IncludeAsync(SpfTerm term, string target, string domain)
    {
        SpfVerdict inner = IsFullName(target)
            ? await HostAsync(target, wantsExplanation: false)
            : Verdict(SpfResult.None, target, $"{Shown(target)} is no name that a record could stand at");
        return inner.Result switch
        {
            SpfResult.Pass => (true, null),
            SpfResult.TempError => (false, inner),
            SpfResult.PermError => (false, inner),
            SpfResult.None => (false, Verdict(SpfResult.PermError, domain, $"{domain}: {term.Text}: {inner.Reason}")),
            _ => (false, null),
        };
    }

    private SpfVerdict? TooManyLookups(string domain, string term) => ++_lookups > MaxLookups
        ? Verdict(SpfResult.PermError, domain, $"{domain}: {term}: more than {MaxLookups} terms that ask DNS")
        : null;

    private bool IsIn(IPAddress network, int prefix)
    {
        Span<byte> ours = stackalloc byte[16];
        Span<byte> theirs = stackalloc byte[16];
        _address.TryWriteBytes(ours, out int length);
        if (!network.TryWriteBytes(theirs, out int other) || other != length)
        {
            return false;
        }

        int whole = prefix / 8;
        int rest = prefix % 8;
        return ours[..whole].SequenceEqual(theirs[..whole])
            && (rest == 0 || ((ours[whole] ^ theirs[whole]) & (0xff << (8 - rest)) & 0xff) == 0);
    }

    private async ValueTask<NameAnswer> AskAsync(string name, DnsType type)
    {
        _cancellation.ThrowIfCancellationRequested();
        return name.Length == 0 ? NameAnswer.NoSuchName : await _lookup(name, type, _cancellation);
    }

    private void Note(string step)
    {
        if (_steps is { Count: < MaxSteps })
        {
            _steps.Add(Shown(step));
        }
    }

    private static SpfVerdict Verdict(SpfResult result, string domain, string reason) => new(result, domain, reason, "");

    /// <summary>A record is a stranger's text: nothing of it reaches a log line or a reply as it is.</summary>
    private static string Shown(string text) => PlainText.Of(text, MaxShown);

    private const int MaxShown = 300;
}
