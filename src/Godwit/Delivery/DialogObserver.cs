// What an operator sees of one delivery: the dialog with the host, from the search for hosts to the end of the first message.
// Owned by whoever waits for it; the delivery it is given to writes into it. Bounded: a host that never stops talking fills no memory.

using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>Watches the next delivery of one queue. Thread safe.</summary>
internal sealed class DialogObserver(QueueKey key)
{
    /// <summary>A message to a thousand recipients has some 2,000 commands and replies; what comes behind is left out.</summary>
    private const int MaxLines = 5000;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isTaken;

    public QueueKey Key => key;

    /// <summary>Completes when the first message has been sent, or nobody would have it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What was said so far; null when no delivery has begun.</summary>
    public IReadOnlyList<string>? Lines
    {
        get
        {
            lock (_gate)
            {
                return _isTaken ? [.. _lines] : null;
            }
        }
    }

    /// <summary>A delivery takes it. False when another has it already.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            bool mine = !_isTaken;
            _isTaken = true;
            return mine;
        }
    }

    /// <summary>We say it to the host.</summary>
    public void Sent(string line) => Add("<<< ", line);

    /// <summary>The host says it.</summary>
    public void Received(SmtpReply reply) => Add(">>> ", reply.ToString());

    /// <summary>Nobody says it on the wire.</summary>
    public void Note(string text) => Add("", text);

    /// <summary>Nothing that comes from now on is of interest. Does nothing the second time.</summary>
    public void End() => _ended.TrySetResult();

    private void Add(string sign, string text)
    {
        lock (_gate)
        {
            if (_lines.Count < MaxLines && !_ended.Task.IsCompleted)
            {
                _lines.AddRange(text.Split('\n').Select(line => sign + line));
            }
        }
    }
}
