// The MTA-STS policies of recipient domains: asked of DNS and HTTPS, remembered on disk (RFC 8461). Owned by TrustPolicies. Thread safe.
// A policy once known holds until it expires, whatever DNS and its host say meanwhile; one that a domain announces and nobody can fetch makes its mail
// wait, for a bounded time. One fetch is under way for a domain, however many ask.

using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Trust;

/// <summary>Finds and remembers policies.</summary>
internal sealed class StsPolicies : IAsyncDisposable
{
    /// <summary>Domains that are remembered: a large sender's destinations with a policy, at half a kilobyte mostly.</summary>
    internal const int MaxDomains = 10_000;

    /// <summary>
    /// How long mail waits for a policy that is announced and cannot be fetched. RFC 8461 section 3.3 would send it at once; hiding a policy must cost more
    /// than a moment's trouble with one web host. Longer would keep mail from the many domains whose policy host is long gone.
    /// </summary>
    internal static readonly TimeSpan WaitForPolicy = TimeSpan.FromHours(1);

    /// <summary>RFC 8461 section 3.3: five minutes or more between tries.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    /// <summary>A policy is fetched anew when it is so old (section 10.2 suggests a day), or halfway to its end.</summary>
    internal static readonly TimeSpan RefreshAge = TimeSpan.FromDays(1);

    /// <summary>Failures that lie so far apart are not one trouble.</summary>
    private static readonly TimeSpan _rest = TimeSpan.FromDays(1);

    /// <summary>Between two writes of the file: a campaign's first hour meets many new policies.</summary>
    private static readonly TimeSpan _savePause = TimeSpan.FromSeconds(5);

    private readonly DnsResolver _resolver;
    private readonly StsFetch _fetch;
    private readonly StateFile? _file;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<DomainName, StsEntry> _entries = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly WakeSignal _changed = new();
    private readonly Task _saving;

    /// <param name="file">Null remembers in memory only.</param>
    public StsPolicies(DnsResolver resolver, StsFetch fetch, StateFile? file, ServerClock clock, ILogger log)
    {
        (_resolver, _fetch, _file, _clock, _log) = (resolver, fetch, file, clock, log);
        Instant now = clock.Now;
        foreach (string line in file?.Read() ?? [])
        {
            if (_entries.Count < MaxDomains && StsEntry.Read(line) is { } entry && entry.IsValid(now))
            {
                _entries[entry.Domain] = entry;
            }
        }

        _saving = file is null ? Task.CompletedTask : SaveAsync();
    }

    /// <summary>Domains that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    public async ValueTask<DestinationTrust> ForAsync(DomainName domain, CancellationToken cancellation)
    {
        if (!DomainName.TryParse($"_mta-sts.{domain.Text}", out DomainName owner))
        {
            return DestinationTrust.None(domain);
        }

        // 1 Does it announce a policy? From the resolver's memory mostly.
        DnsAnswer answer = await _resolver.QueryAsync(owner, DnsType.TXT, cancellation);
        string? id = answer.Status == DnsStatus.Found ? StsRecord.IdOf(answer.Records) : null;
        StsEntry? entry = Find(domain, make: id is not null);
        if (entry is null)
        {
            return answer.Status == DnsStatus.Failure ? Unknown(domain, answer) : DestinationTrust.None(domain);
        }

        // 2 Is another one wanted than the one that is known?
        if (id is not null && Begin(entry, id) is { } flight)
        {
            await flight.WaitAsync(cancellation);
        }

        // 3 What is known now.
        return Conclude(entry, answer, isAnnounced: id is not null);
    }

    /// <summary>Ends what is under way, and writes what is not on disk yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _saving;
        Task[] flights;
        lock (_gate)
        {
            flights = [.. _entries.Values.Select(entry => entry.Flight).OfType<Task>()];
        }

        await Task.WhenAll(flights);
    }

    private StsEntry? Find(DomainName domain, bool make)
    {
        Instant now = _clock.Now;
        lock (_gate)
        {
            if (!_entries.TryGetValue(domain, out StsEntry? entry) && make)
            {
                MakeRoom(now);
                _entries[domain] = entry = new StsEntry(domain);
            }

            if (entry is not null)
            {
                entry.LastUsed = now;
            }

            return entry;
        }
    }

    /// <summary>Called under the lock. Drops a tenth at once, those first that nobody has asked for longest: a policy that is used stays.</summary>
    private void MakeRoom(Instant now)
    {
        if (_entries.Count < MaxDomains)
        {
            return;
        }

        foreach (StsEntry old in _entries.Values.Where(entry => entry.Flight is null)
            .OrderBy(entry => entry.IsValid(now)).ThenBy(entry => entry.LastUsed).Take(MaxDomains / 10).ToList())
        {
            _entries.Remove(old.Domain);
        }
    }

    /// <summary>The fetch to wait for; null when what is known will do, also while it is being refreshed.</summary>
    private Task? Begin(StsEntry entry, string id)
    {
        Instant now = _clock.Now;
        lock (_gate)
        {
            bool valid = entry.IsValid(now);
            bool isKnown = valid && entry.Id == id;
            if (isKnown && now - entry.Fetched < Half(entry.Policy!.MaxAge))
            {
                return null;
            }

            if (entry.Flight is null && entry.NextFetch <= now && !_stop.IsCancellationRequested)
            {
                entry.Flight = FetchAsync(entry, id);
            }

            // Who knows a policy, or has waited for one long enough, goes on meanwhile.
            bool hasWaited = entry.Fault is not null && now - entry.FailingSince >= WaitForPolicy;
            return isKnown || (!valid && hasWaited) ? null : entry.Flight;
        }
    }

    private static TimeSpan Half(TimeSpan age) => age / 2 < RefreshAge ? age / 2 : RefreshAge;

    /// <summary>Never throws.</summary>
    private async Task FetchAsync(StsEntry entry, string id)
    {
        await Task.Yield(); // The caller holds the lock.
        StsFetchResult result;
        try
        {
            result = await _fetch.GetAsync(entry.Domain, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            result = new StsFetchResult(null, Tls.TlsResultType.StsPolicyFetchError, "the server stops", IsUnreachable: true);
        }
        catch (Exception defect)
        {
            _log.StsFetchBroke(defect, entry.Domain.Text);
            result = new StsFetchResult(null, Tls.TlsResultType.StsPolicyFetchError, "internal error", IsUnreachable: true);
        }

        bool isNews;
        lock (_gate)
        {
            entry.Flight = null;
            isNews = result.Policy is null && entry.Fault is null;
            if (result.Policy is { } policy)
            {
                entry.Succeed(policy, id, _clock.Now, Pause);
            }
            else
            {
                entry.Fail(result, _clock.Now, Pause, _rest);
            }
        }

        if (isNews && !_stop.IsCancellationRequested)
        {
            _log.StsPolicyNotFetched(entry.Domain.Text, result.Detail);
        }

        _changed.Set();
    }

    private DestinationTrust Conclude(StsEntry entry, DnsAnswer answer, bool isAnnounced)
    {
        Instant now = _clock.Now;
        lock (_gate)
        {
            DestinationTrust trust = DestinationTrust.None(entry.Domain);
            if (isAnnounced)
            {
                trust = trust with { Fault = entry.Fault, FaultDetail = entry.FaultDetail };
            }

            if (entry.IsValid(now))
            {
                return trust with { Policy = entry.Policy };
            }

            if (answer.Status == DnsStatus.Failure)
            {
                return Unknown(entry.Domain, answer);
            }

            bool waits = isAnnounced && (entry.Fault is null || (entry.IsUnreachable && now - entry.FailingSince < WaitForPolicy));
            return waits
                ? trust with { Problem = $"{entry.Domain} has an MTA-STS policy that cannot be fetched: {entry.FaultDetail}" }
                : trust;
        }
    }

    private static DestinationTrust Unknown(DomainName domain, DnsAnswer answer) => new()
    {
        Domain = domain,
        Problem = $"whether {domain} has an MTA-STS policy is not known: {answer.Detail}",
    };

    private async Task SaveAsync()
    {
        bool stopping = false;
        while (!stopping)
        {
            try
            {
                await _changed.WaitAsync(Timeout.InfiniteTimeSpan, _clock.Time, _stop.Token);
                await Task.Delay(_savePause, _clock.Time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                stopping = true;
            }

            List<string> lines;
            lock (_gate)
            {
                lines = [.. _entries.Values.Where(entry => entry.Policy is not null).Select(entry => entry.ToLine())];
            }

            await Task.Run(() => _file!.Write(lines));
        }
    }
}
