using Godwit.Foundation;

namespace Godwit.Queues;

/// <summary>The errors that a queue had last, for <c>show topqueues --errors</c>. Owned by its <see cref="MailQueue"/>.</summary>
internal sealed class QueueEvents
{
    /// <summary>A recorded error is one line on a screen; a longer text is cut.</summary>
    private const int MaxLength = 1000;

    private readonly List<QueueEvent> _events = [];

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<QueueEvent> All => _events;

    public QueueEvent? Last => _events.Count > 0 ? _events[^1] : null;

    /// <summary>What such an error told of is over.</summary>
    public void Withdraw(string text) => _events.RemoveAll(each => each.Text == text);

    /// <summary>Remembers an error. The same text again only renews its time, so that one trouble does not push out all others.</summary>
    public void Record(string text, int most, Instant now)
    {
        text = text.Length > MaxLength ? text[..MaxLength] : text;
        if (_events.Count > 0 && _events[^1].Text == text)
        {
            _events[^1] = new QueueEvent(now, text);
            return;
        }

        _events.Add(new QueueEvent(now, text));
        if (_events.Count > most)
        {
            _events.RemoveRange(0, _events.Count - most);
        }
    }
}
