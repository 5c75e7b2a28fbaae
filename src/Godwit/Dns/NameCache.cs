// A bounded map from names to what is known about them until a time. Owned by whoever made it; values are immutable.
// When full, the oldest entry goes that nobody has asked for since its last turn (second chance): one queue, no clock hands, no scans.
// Every store also looks at the two oldest entries and drops the expired, so the dead do not stay until the cache is full.

using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Dns;

/// <summary>Remembers values by name. Thread safe.</summary>
internal sealed class NameCache<TValue>(int capacity, ServerClock clock)
    where TValue : class
{
    /// <summary>Turns of the queue for one store: bounds the work when everything has just been used.</summary>
    private const int MaxTurns = 16;

    private const int Sweep = 2;

    private readonly Lock _gate = new();
    private readonly Dictionary<DomainName, Entry> _entries = [];
    private readonly Queue<Entry> _order = new();
    private int _generation;

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

    /// <summary>Grows with every <see cref="Clear"/>. Who works something out and stores it later passes what this was when the work began.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>What is known, or null.</summary>
    public TValue? Find(DomainName name)
    {
        Instant now = clock.Now;
        lock (_gate)
        {
            if (!_entries.TryGetValue(name, out Entry? entry) || entry.Expires <= now)
            {
                return null;
            }

            entry.Used = true;
            return entry.Value;
        }
    }

    /// <summary>Remembers a value, unless a <see cref="Clear"/> came in between.</summary>
    public void Store(DomainName name, TValue value, Instant expires, int generation)
    {
        Instant now = clock.Now;
        lock (_gate)
        {
            if (generation != _generation)
            {
                return;
            }

            if (_entries.TryGetValue(name, out Entry? known))
            {
                known.Value = value;
                known.Expires = expires;
                return;
            }

            MakeRoom(now);
            var entry = new Entry(name, value, expires);
            _entries.Add(name, entry);
            _order.Enqueue(entry);
        }
    }

    /// <summary>Forgets a name and everything below it, or with null all.</summary>
    public void Clear(DomainName? name)
    {
        lock (_gate)
        {
            _generation++;
            int count = _order.Count;
            for (int i = 0; i < count; i++)
            {
                Entry entry = _order.Dequeue();
                if (name is { } parent && !entry.Name.IsWithin(parent))
                {
                    _order.Enqueue(entry);
                }
                else
                {
                    _entries.Remove(entry.Name);
                }
            }
        }
    }

    private void MakeRoom(Instant now)
    {
        for (int i = 0; i < Sweep && _order.TryPeek(out Entry? oldest) && oldest.Expires <= now; i++)
        {
            _entries.Remove(_order.Dequeue().Name);
        }

        for (int turns = 0; _entries.Count >= capacity; turns++)
        {
            Entry oldest = _order.Dequeue();
            if (oldest.Used && oldest.Expires > now && turns < MaxTurns)
            {
                oldest.Used = false;
                _order.Enqueue(oldest);
            }
            else
            {
                _entries.Remove(oldest.Name);
            }
        }
    }

    private sealed class Entry(DomainName name, TValue value, Instant expires)
    {
        public DomainName Name { get; } = name;

        public TValue Value { get; set; } = value;

        public Instant Expires { get; set; } = expires;

        public bool Used { get; set; }
    }
}
