// What is wrong right now and outlasts a log line. Set and cleared by whoever owns the thing that is wrong; read by those who show it.
// Beyond the bound a new alarm is not kept and is counted: the thousand that stand say enough.

using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>The alarms that stand. Thread safe.</summary>
public sealed class Alarms(ServerClock clock)
{
    /// <summary>Nobody reads more.</summary>
    private const int MostAlarms = 1000;

    /// <summary>Characters of a text: a sentence with a path and a reply in it.</summary>
    private const int MaxText = 1000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Alarm> _standing = [];
    private long _notKept;

    /// <summary>Alarms that found no room.</summary>
    public long NotKept => Volatile.Read(ref _notKept);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _standing.Count;
            }
        }
    }

    /// <summary>Sets an alarm, or gives the one that stands a new text; it keeps its time. True when it is new.</summary>
    public bool Set(string name, string text)
    {
        text = text.Length <= MaxText ? text : text[..MaxText];
        lock (_gate)
        {
            if (_standing.TryGetValue(name, out Alarm? alarm))
            {
                _standing[name] = alarm with { Text = text };
                return false;
            }

            if (_standing.Count >= MostAlarms)
            {
                _notKept++;
                return false;
            }

            _standing.Add(name, new Alarm(name, clock.Now, text));
            return true;
        }
    }

    /// <summary>What was wrong is over. False when no such alarm stands.</summary>
    public bool Clear(string name)
    {
        lock (_gate)
        {
            return _standing.Remove(name);
        }
    }

    /// <summary>All that stand, the oldest first.</summary>
    public IReadOnlyList<Alarm> Read()
    {
        Alarm[] all;
        lock (_gate)
        {
            all = [.. _standing.Values];
        }

        Array.Sort(all, static (a, b) => (a.Since, a.Name).CompareTo((b.Since, b.Name)));
        return all;
    }
}
