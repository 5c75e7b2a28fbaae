// The last things that happened to recipients, in memory. Both doors tell; Control and Api read by queue, job and address, or follow.
// Bounded by number and by octets: 100,000 events, fewer when they are so long that 32 MiB do not hold them; a server with little mail takes little.
// Whoever tells holds one lock for a copy of some hundred octets; readers hold it for a list of chunks only.

namespace Godwit.Diagnostics;

/// <summary>Remembers recipient events. Thread safe.</summary>
public sealed class RecipientEvents
{
    /// <summary>Events that are kept at least, their length permitting.</summary>
    public const int MostEvents = 100_000;

    /// <summary>32 MiB: room for that many events of 335 octets, which is twice what an ordinary one takes.</summary>
    private const int MostChunks = 128;

    /// <summary>Each open page of the console is one.</summary>
    private const int MostFollowers = 64;

    private readonly Lock _gate = new();
    private readonly Queue<EventChunk> _chunks = new();
    private EventChunk _last = new();
    private EventFollower[] _followers = [];
    private long _next;
    private int _kept;

    public RecipientEvents()
    {
        _last.Begin(0);
        _chunks.Enqueue(_last);
    }

    /// <summary>Events since the start.</summary>
    public long Total => Volatile.Read(ref _next);

    /// <summary>Octets that are set aside for events now.</summary>
    public long Octets
    {
        get
        {
            lock (_gate)
            {
                return (long)_chunks.Count * EventChunk.Octets;
            }
        }
    }

    /// <summary>Remembers an event and tells those who follow.</summary>
    public void Add(in RecipientEvent one)
    {
        long number;
        lock (_gate)
        {
            if (!_last.HasRoom)
            {
                BeginChunk();
            }

            _last.Add(one);
            number = _next++;
            _kept++;
        }

        EventFollower[] followers = Volatile.Read(ref _followers);
        if (followers.Length > 0)
        {
            Tell(followers, one with { Number = number });
        }
    }

    /// <summary>The events that match, the newest first, at most so many. Reads without holding anybody up; a full look takes some milliseconds.</summary>
    public IReadOnlyList<RecipientEvent> Read(EventQuestion question, int most)
    {
        var search = new EventSearch(question);
        (EventChunk Chunk, int Length)[] chunks = Pin();
        try
        {
            List<RecipientEvent> found = [];
            List<RecipientEvent> inChunk = [];
            for (int i = chunks.Length - 1; i >= 0 && found.Count < most; i--)
            {
                inChunk.Clear();
                chunks[i].Chunk.Read(search, chunks[i].Length, inChunk);
                for (int j = inChunk.Count - 1; j >= 0 && found.Count < most; j--)
                {
                    found.Add(inChunk[j]);
                }
            }

            return found;
        }
        finally
        {
            Unpin(chunks);
        }
    }

    /// <summary>
    /// Everything that matches from now on; null when too many follow already. The caller disposes it. Numbers may change places where both doors tell at once:
    /// a follower is told outside the lock, and a number may be read, by <see cref="Read"/> too, before its follower has been told of the one before it. Who
    /// comes back and goes on behind the last number he has seen would miss that one: he begins some numbers earlier and drops those that he knows.
    /// </summary>
    /// <param name="room">Events that may wait for the follower.</param>
    public EventFollower? Follow(EventQuestion question, int room = 1000)
    {
        var follower = new EventFollower(question, room, Leave);
        lock (_gate)
        {
            if (_followers.Length >= MostFollowers)
            {
                return null;
            }

            Volatile.Write(ref _followers, [.. _followers, follower]);
            return follower;
        }
    }

    private static void Tell(EventFollower[] followers, in RecipientEvent one)
    {
        foreach (EventFollower follower in followers)
        {
            follower.Tell(one);
        }
    }

    private void Leave(EventFollower follower)
    {
        lock (_gate)
        {
            Volatile.Write(ref _followers, [.. _followers.Where(other => other != follower)]);
        }
    }

    /// <summary>The oldest chunk begins anew when what is left without it is enough; one that is being read is left to its reader.</summary>
    private void BeginChunk()
    {
        EventChunk? free = null;
        while (_chunks.Count >= MostChunks || (_chunks.Count > 0 && _kept - _chunks.Peek().Count >= MostEvents))
        {
            EventChunk oldest = _chunks.Dequeue();
            _kept -= oldest.Count;
            free = oldest.Readers == 0 ? oldest : free;
        }

        _last = free ?? new EventChunk();
        _last.Begin(_next);
        _chunks.Enqueue(_last);
    }

    private (EventChunk Chunk, int Length)[] Pin()
    {
        lock (_gate)
        {
            var chunks = new (EventChunk Chunk, int Length)[_chunks.Count];
            int i = 0;
            foreach (EventChunk chunk in _chunks)
            {
                chunk.Readers++;
                chunks[i++] = (chunk, chunk.Length);
            }

            return chunks;
        }
    }

    private void Unpin((EventChunk Chunk, int Length)[] chunks)
    {
        lock (_gate)
        {
            foreach ((EventChunk chunk, _) in chunks)
            {
                chunk.Readers--;
            }
        }
    }
}
