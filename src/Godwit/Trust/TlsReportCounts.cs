// What is counted for the daily reports to receiving domains (RFC 8460): sessions of the UTC day that lasts. Owned by TrustPolicies. Thread safe; deliveries
// note, TlsReporting takes the days that have ended.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>Counts sessions.</summary>
public sealed class TlsReportCounts
{
    /// <summary>Recipient domains of one day, at half a kilobyte mostly; sessions with more are not counted.</summary>
    internal const int MaxDomains = 50_000;

    /// <summary>Lines written out between two looks of a delivery: it waits for so many, a fraction of a millisecond, and not for all.</summary>
    private const int Slice = 32;

    private readonly ServerClock _clock;
    private readonly Func<bool> _isWanted;
    private readonly Lock _gate = new();
    private readonly List<DomainDay> _ended = [];
    private Dictionary<DomainName, DomainDay> _domains = [];
    private DateOnly _day;
    private bool _isChanged;

    internal TlsReportCounts(ServerClock clock, Func<bool> isWanted) => (_clock, _isWanted) = (clock, isWanted);

    /// <summary>Counts one session; cheap, and nothing at all while no reports are sent.</summary>
    public void Note(TlsSession session)
    {
        if (!_isWanted() || session.Recipient.IsEmpty || session.Recipient.IsLiteral)
        {
            return;
        }

        lock (_gate)
        {
            EndDay();
            if (!_domains.TryGetValue(session.Recipient, out DomainDay? domain))
            {
                if (_domains.Count == MaxDomains)
                {
                    return;
                }

                _domains[session.Recipient] = domain = new DomainDay(session.Recipient, _day);
            }

            PolicyTally? tally = domain.For(session.Policy);
            if (session.Failure is null)
            {
                tally?.Succeed();
            }
            else
            {
                tally?.Fail(TlsFailure.Of(session));
            }

            _isChanged = true;
        }
    }

    /// <summary>Days that have ended since the last call.</summary>
    internal IReadOnlyList<DomainDay> TakeEnded()
    {
        lock (_gate)
        {
            EndDay();
            DomainDay[] ended = [.. _ended];
            _ended.Clear();
            return ended;
        }
    }

    /// <summary>What stood in the state file. Before the first session.</summary>
    internal void Restore(DomainDay day)
    {
        lock (_gate)
        {
            EndDay();
            if (day.Day != _day)
            {
                _ended.Add(day);
            }
            else if (_domains.Count < MaxDomains)
            {
                _domains[day.Domain] = day;
            }
        }
    }

    /// <summary>The lines of the day that lasts; null when nothing has been counted since the last call.</summary>
    /// <param name="even">Also then.</param>
    internal IReadOnlyList<string>? ToLines(bool even)
    {
        DomainDay[] days;
        lock (_gate)
        {
            if (!_isChanged && !even)
            {
                return null;
            }

            _isChanged = false;
            days = [.. _domains.Values, .. _ended];
        }

        // What is counted meanwhile stands in the lines or not; then it is news for the next call.
        var lines = new List<string>(days.Length);
        foreach (DomainDay[] slice in days.Chunk(Slice))
        {
            lock (_gate)
            {
                foreach (DomainDay day in slice)
                {
                    lines.Add(TlsReportJson.ToLine(day));
                }
            }
        }

        return lines;
    }

    private void EndDay()
    {
        DateOnly today = DateOnly.FromDateTime(_clock.Now.ToUtc());
        if (today != _day)
        {
            _ended.AddRange(_domains.Values);
            _domains = [];
            _day = today;
        }
    }
}
