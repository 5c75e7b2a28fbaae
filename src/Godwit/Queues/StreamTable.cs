// All streams that have mail, by key and by number, and the jobs that the operator has paused. Owned by the scheduler and touched under its lock only.
// Messages carry the number, four octets, and not the key. A stream goes when its last recipient has left; its number is used again.

namespace Godwit.Queues;

/// <summary>Finds and makes streams.</summary>
/// <param name="bound">Streams at once.</param>
internal sealed class StreamTable(int bound = StreamTable.Bound)
{
    /// <summary>The stream of mail with neither job nor tenant, and of what comes beyond <see cref="Bound"/>.</summary>
    public const int None = 0;

    /// <summary>
    /// Some 200 MB. A sender who names a job for each message loses fairness between them beyond it. Mail that comes then is of no job: pausing the job does
    /// not reach it any more, and <c>show jobs</c> does not count it. A job that is paused already keeps its mail.
    /// </summary>
    public const int Bound = 1_000_000;

    private readonly Dictionary<StreamKey, MailStream> _byKey = [];
    private readonly Dictionary<string, HashSet<MailStream>> _byJob = new(StringComparer.Ordinal);
    private readonly List<MailStream> _byNumber = [new MailStream(default, None)];
    private readonly Stack<int> _free = new();
    private readonly HashSet<string> _pausedJobs = new(StringComparer.Ordinal);

    public MailStream this[int number] => _byNumber[number];

    /// <summary>One more than the highest number in use; those of streams that have gone have no recipients.</summary>
    public int Numbers => _byNumber.Count;

    public IReadOnlyCollection<string> PausedJobs => _pausedJobs;

    /// <summary>The job's mail, one stream for each sender.</summary>
    public IReadOnlyCollection<MailStream> OfJob(string job) => _byJob.TryGetValue(job, out HashSet<MailStream>? streams) ? streams : [];

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

        if (_byKey.Count >= bound)
        {
            // As many more as the operator pauses jobs, whatever senders name.
            return key is { Job: { Length: > 0 } job, Tenant: not null } && _pausedJobs.Contains(job) ? FindOrAdd(new StreamKey(job, null))
                : key.Tenant is null && _pausedJobs.Contains(key.Job!) ? Add(key)
                : _byNumber[None];
        }

        return Add(key);
    }

    private MailStream Add(StreamKey key)
    {
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

        if (key.Job is { Length: > 0 } of)
        {
            (_byJob.TryGetValue(of, out HashSet<MailStream>? streams) ? streams : _byJob[of] = []).Add(stream);
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
            if (stream.Key.Job is { Length: > 0 } job && _byJob.TryGetValue(job, out HashSet<MailStream>? streams) && streams.Remove(stream)
                && streams.Count == 0)
            {
                _byJob.Remove(job);
            }
        }
    }

    /// <summary>Marks a job, its mail of now and later. False when it was marked so already.</summary>
    public bool SetPaused(string job, bool paused)
    {
        if (!(paused ? _pausedJobs.Add(job) : _pausedJobs.Remove(job)))
        {
            return false;
        }

        if (_byJob.TryGetValue(job, out HashSet<MailStream>? streams))
        {
            foreach (MailStream stream in streams)
            {
                stream.IsPaused = paused;
            }
        }

        return true;
    }
}
