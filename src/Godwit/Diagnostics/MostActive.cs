// The histories of those keys that most happens to, a bounded number of them. Others are counted for a minute, as many as there is room for: who comes often
// comes early. At a minute's end those of them that had much more than the quietest of the kept ones take their places. So a server with a million queues
// pays one look into a table of some thousand for each, and makes nothing.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Keeps the histories of the most active keys. Thread safe.</summary>
/// <param name="most">Histories.</param>
internal sealed class MostActive<TKey>(int most)
    where TKey : notnull
{
    /// <summary>Others that are counted in one minute: twice as many as are kept would need a minute of nothing but newcomers.</summary>
    private readonly int _mostOthers = 2 * most;

    /// <summary>
    /// A newcomer's one minute against the activity of ten: it must have had twice as much. Else those that are equally busy would drive each other out.
    /// </summary>
    private const int NewcomersWeight = 5;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Place> _places = [];
    private int _kept;
    private int? _lastMinute;

    public void Add(TKey key, in SettledRecipients settled)
    {
        int recipients = settled.Delivered + settled.Deferred + settled.Bounced;
        lock (_gate)
        {
            // 1 Known: mostly.
            ref Place place = ref CollectionsMarshal.GetValueRefOrNullRef(_places, key);
            if (!Unsafe.IsNullRef(ref place))
            {
                if (place.Steps is { } kept)
                {
                    kept.Add(settled);
                }
                else
                {
                    place.Seen += recipients;
                }

                return;
            }

            // 2 There is room for its history, or at least for counting it.
            if (_kept < most)
            {
                var steps = new MailSteps();
                steps.Begin(MinuteOf(settled.Time), before: 0);
                steps.Add(settled);
                _places.Add(key, new Place { Steps = steps });
                _kept++;
            }
            else if (recipients > 0 && _places.Count < most + _mostOthers) // A queue whose hosts all failed would win no place.
            {
                _places.Add(key, new Place { Seen = recipients });
            }
        }
    }

    /// <summary>Those whose histories are kept, the most active first.</summary>
    public IReadOnlyList<TKey> Keys()
    {
        lock (_gate)
        {
            return [.. _places.Where(static each => each.Value.Steps is not null).OrderByDescending(static each => each.Value.Steps!.Activity)
                .Select(static each => each.Key)];
        }
    }

    /// <summary>A minute has ended.</summary>
    /// <param name="waiting">What stands at its end, as far as somebody has looked.</param>
    public void EndMinute(int minute, IReadOnlyList<WaitingMail<TKey>> waiting)
    {
        lock (_gate)
        {
            foreach (WaitingMail<TKey> each in waiting)
            {
                if (_places.TryGetValue(each.Key, out Place place))
                {
                    place.Steps?.Sample(each.Recipients, each.Connections);
                }
            }

            foreach (Place place in _places.Values)
            {
                place.Steps?.End(minute);
            }

            _lastMinute = minute;
            ChangePlaces(minute + 1);
        }
    }

    /// <summary>Null when nothing is kept of it, and before the first minute has ended.</summary>
    public MailStepList? Read(TKey key, HistoryRange range)
    {
        lock (_gate)
        {
            return _lastMinute is { } last && _places.TryGetValue(key, out Place place) ? place.Steps?.Read(range, last) : null;
        }
    }

    public static int MinuteOf(Instant time) => (int)(time.Ticks / TimeSpan.TicksPerMinute);

    private void ChangePlaces(int nextMinute)
    {
        KeyValuePair<TKey, Place>[] others = [.. _places.Where(static each => each.Value.Steps is null).OrderByDescending(static each => each.Value.Seen)];
        if (others.Length == 0)
        {
            return;
        }

        KeyValuePair<TKey, Place>[] quietest =
        [
            .. _places.Where(static each => each.Value.Steps is not null).OrderBy(static each => each.Value.Steps!.Activity).Take(others.Length),
        ];
        for (int i = 0; i < others.Length; i++)
        {
            _places.Remove(others[i].Key);
            if (i < quietest.Length && others[i].Value.Seen * NewcomersWeight > quietest[i].Value.Steps!.Activity)
            {
                _places.Remove(quietest[i].Key);
                quietest[i].Value.Steps!.Begin(nextMinute, others[i].Value.Seen);
                _places.Add(others[i].Key, new Place { Steps = quietest[i].Value.Steps });
            }
        }
    }

    private struct Place
    {
        /// <summary>Null for one that is only counted.</summary>
        public MailSteps? Steps;

        /// <summary>Recipients of one that is only counted.</summary>
        public int Seen;
    }
}
