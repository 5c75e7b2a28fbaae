// What an operator sees of one delivery: the dialog with the host, from the search for hosts to the end of the first message.
// Owned by whoever waits for it; the delivery that has taken it writes into it, and may give it back for another one to go on.
// Bounded: a host that never stops talking fills no memory, and neither does a content of many megabytes.

using System.Net;
using System.Text;
using Godwit.Diagnostics;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Delivery;

/// <summary>Watches the next delivery of one queue. Thread safe.</summary>
internal sealed class DialogObserver(TraceTerms terms)
{
    /// <summary>A message to a thousand recipients has some 2,000 commands and replies; what comes behind is left out.</summary>
    private const int MaxLines = 5000;

    /// <summary>Octets of content that are shown: what somebody reads to find a broken header or line.</summary>
    private const int MaxContent = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isTaken;
    private int _contentLeft = MaxContent;
    private SecretFields _secrets = new();

    /// <summary>Where the hosts come from is to be seen too.</summary>
    public bool ShowsLookups => terms.WithLookups;

    /// <summary>Completes when the first message has been sent, or nobody would have it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What was said so far; null when nothing has begun.</summary>
    public IReadOnlyList<string>? Lines
    {
        get
        {
            lock (_gate)
            {
                return _isTaken || _lines.Count > 0 ? [.. _lines] : null;
            }
        }
    }

    /// <summary>Whether a connection of that queue from that address is what is to be seen.</summary>
    public bool Wants(QueueKey key, IPAddress? source) => key == terms.Key && (terms.Source is null || terms.Source.Equals(source));

    /// <summary>A delivery takes it. False when another has it already.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            bool mine = !_isTaken && !_ended.Task.IsCompleted;
            _isTaken |= mine;
            return mine;
        }
    }

    /// <summary>The delivery that has taken it came to no message: the next one goes on.</summary>
    public void GiveBack()
    {
        lock (_gate)
        {
            _isTaken = false;
        }
    }

    /// <summary>The delivery that has taken it is over. What has said nothing at all is given back, so that no trace is empty.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (_lines.Count == 0)
            {
                _isTaken = false;
                return;
            }
        }

        End();
    }

    /// <summary>We say it to the host.</summary>
    public void Sent(string line)
    {
        // Content behind a command is a new message.
        _secrets = new SecretFields();
        Add("<<< ", line);
    }

    /// <summary>The host says it.</summary>
    public void Received(SmtpReply reply) => Add(">>> ", reply.ToString());

    /// <summary>A piece of content goes to the host. Shown where it was asked for, each line once, before any dots are doubled; keys are not.</summary>
    public void Content(ReadOnlySpan<byte> piece)
    {
        if (!terms.WithContent || _contentLeft < 0)
        {
            return;
        }

        // Latin-1 shows every octet; no peer and no terminal agrees about more.
        byte[] shown = piece[..Math.Min(piece.Length, _contentLeft)].ToArray();
        _secrets.Hide(shown);
        string text = Encoding.Latin1.GetString(shown).ReplaceLineEndings("\n").TrimEnd('\n');
        _contentLeft -= piece.Length;
        Add("<<< ", text);
        if (_contentLeft < 0)
        {
            Note($"(of the content, {MaxContent / 1024} KB are shown)");
        }
    }

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
                foreach (string line in text.Split('\n'))
                {
                    _lines.Add(sign + line);
                    terms.Tell?.Invoke(sign + line);
                }
            }
        }
    }
}
