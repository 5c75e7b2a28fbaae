// What a receiving host saw, with times: the receiver's side of every story. Written by many sessions, read by a test. Thread safe.

using System.Net;

namespace Godwit.Tests.Support;

internal enum HostEventKind
{
    Connected,
    Refused,
    Recipient,
    Message,
    Closed,
}

/// <summary>One thing that a host saw.</summary>
/// <param name="Session">Counts from one, in the order of the connections.</param>
/// <param name="Text">A refusal's reply, a recipient's address; else empty.</param>
internal sealed record HostEvent(TimeSpan At, HostEventKind Kind, IPAddress Source, int Session, string Sender = "", string Text = "");

internal sealed class HostBook
{
    private readonly Lock _gate = new();
    private readonly List<HostEvent> _events = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _events.Count;
            }
        }
    }

    public IReadOnlyList<HostEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Recipients that are here for good: their message was taken.</summary>
    public IReadOnlyList<HostEvent> Recipients => Of(HostEventKind.Recipient);

    public IReadOnlyList<HostEvent> Refusals => Of(HostEventKind.Refused);

    public IReadOnlyList<HostEvent> Of(HostEventKind kind) => [.. Events.Where(each => each.Kind == kind)];

    public void Add(HostEvent seen)
    {
        lock (_gate)
        {
            _events.Add(seen);
        }
    }

    /// <summary>Connections that were open at the same time, at most.</summary>
    /// <param name="source">From one address; null is from all.</param>
    public int MostConnections(IPAddress? source = null)
    {
        (int open, int most) = (0, 0);
        foreach (HostEvent each in Events.Where(each => source is null || each.Source.Equals(source)))
        {
            open += each.Kind switch { HostEventKind.Connected => 1, HostEventKind.Closed => -1, _ => 0 };
            most = Math.Max(most, open);
        }

        return most;
    }

    /// <summary>Events in any window of that length, at most: those exactly a window apart are not in one.</summary>
    public static int MostInWindow(IEnumerable<HostEvent> events, TimeSpan window)
    {
        TimeSpan[] times = [.. events.Select(each => each.At).Order()];
        int most = 0;
        for (int first = 0, last = 0; last < times.Length; last++)
        {
            while (times[last] - times[first] >= window)
            {
                first++;
            }

            most = Math.Max(most, last - first + 1);
        }

        return most;
    }

    public override string ToString() =>
        string.Join('\n', Events.Select(each => $"{each.At:c} {each.Session} {each.Source} {each.Kind} {each.Sender} {each.Text}"));
}
