// What has become of the recipients of one receiver. Owned by its Receiver.

using Godwit.Foundation;

namespace Godwit.Rehearsal;

/// <summary>Counts of one receiver.</summary>
internal sealed class ReceiverTally
{
    public long Recipients { get; private set; }

    public int Domains { get; set; }

    public long Delivered { get; private set; }

    public long Bounced { get; private set; }

    /// <summary>Too old to be tried again.</summary>
    public long Expired { get; private set; }

    /// <summary>Answers that put a recipient off.</summary>
    public long Deferrals { get; set; }

    /// <summary>Times that a queue or group went into backoff mode, or stopped using a source address.</summary>
    public int Backoffs { get; set; }

    public long Open => Recipients - Delivered - Bounced - Expired;

    public Instant NinetyNineAt { get; private set; } = Instant.Never;

    public Instant DoneAt { get; private set; } = Instant.Never;

    /// <summary>Replies that were given, by name.</summary>
    public Dictionary<string, long> Replies { get; } = [];

    /// <summary>Why mail waited: recipients times seconds, by reason.</summary>
    public Dictionary<string, double> Waits { get; } = [];

    public void Add(long recipients) => Recipients += recipients;

    public void Deliver(Instant now)
    {
        Delivered++;
        Note(now);
    }

    public void Bounce(Instant now)
    {
        Bounced++;
        Note(now);
    }

    public void Expire(long count, Instant now)
    {
        Expired += count;
        Note(now);
    }

    public void Replied(ModelledAnswer answer) => Replies[answer.Name] = Replies.GetValueOrDefault(answer.Name) + 1;

    public void Waited(string reason, double recipientSeconds) => Waits[reason] = Waits.GetValueOrDefault(reason) + recipientSeconds;

    private void Note(Instant now)
    {
        long open = Open;
        if (open <= Recipients / 100 && NinetyNineAt == Instant.Never)
        {
            NinetyNineAt = now;
        }

        if (open == 0)
        {
            DoneAt = now;
        }
    }
}
