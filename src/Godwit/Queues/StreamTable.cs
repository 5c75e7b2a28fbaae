// All streams that have mail, by key and by number, and the jobs that the operator has paused. Owned by the scheduler and touched under its lock only.
// Messages carry the number, four octets, and not the key. A stream goes when its last recipient has left; its number is used again.

namespace Godwit.Queues;

/// <summary>Finds and makes streams.</summary>
internal sealed class StreamTable
{
    /// <summary>The stream of mail with neither job nor tenant, and of what comes beyond <see cref="Bound"/>.</summary>
    public const int None = 0;

    /// <summary>Some 200 MB. A sender who names a job for each message loses fairness between them beyond it, and nothing else.</summary>
    public const int Bound = 1_000_000;

    private readonly Dictionary<StreamKey, MailStream> _byKey = [];
    private readonly List<MailStream> _byNumber = [new MailStream(default, None)];
    private readonly Stack<int> _free = new();
    private readonly HashSet<string> _pausedJobs = new(StringComparer.Ordinal);

    public MailStream this[int number] => _byNumber[number];

    public Dictionary<StreamKey, MailStream>.ValueCollection All => _byKey.Values;

    public IReadOnlyCollection<string> PausedJobs => _pausedJobs;

    public MailStream FindOrAdd(in StreamKey key)
    {
        if (key.IsNone)
        {
            return _byNumber[None];
        }

        if (_byKey.TryGetValue(key, out MailStream? known))
        {
            return known;
        }

        if (_byKey.Count >= Bound)
        {
            return _byNumber[None];
        }

        int number = _free.TryPop(out int free) ? free : _byNumber.Count;
        var stream = new MailStream(key, number) { IsPaused = key.Job is not null && _pausedJobs.Contains(key.Job) };
        if (number == _byNumber.Count)
        {
            _byNumber.Add(stream);
        }
        else
        {
            _byNumber[number] = stream;
        }

        _byKey.Add(key, stream);
        return stream;
    }

    public void Enter(int number, long bytes)
    {
        MailStream stream = _byNumber[number];
        stream.Recipients++;
        stream.Bytes += bytes;
    }

    public void Leave(int number, long bytes)
    {
        MailStream stream = _byNumber[number];
        stream.Recipients--;
        stream.Bytes -= bytes;
        if (stream.Recipients == 0 && number != None)
        {
            _byKey.Remove(stream.Key);
            _free.Push(number);
        }
    }

    /// <summary>Marks a job, its mail of now and later. False when it was marked so already.</summary>
    public bool SetPaused(string job, bool paused)
    {
        if (!(paused ? _pausedJobs.Add(job) : _pausedJobs.Remove(job)))
        {
            return false;
        }

        foreach (MailStream stream in _byKey.Values)
        {
            if (stream.Key.Job == job)
            {
                stream.IsPaused = paused;
            }
        }

        return true;
    }
}
