// What an operator has said about queues by pattern: all that match are paused, those that come later too. The last word that matches a queue holds, so
// "pause queue */v1" and then "resume queue a.example/v1" leaves that one out. Owned by the scheduler and touched under its lock only. Bounded: a word
// beyond the bound is refused, and whoever said it is told.

using System.Text;
using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>The patterns that are paused, and what was left out of them.</summary>
internal sealed class StandingPauses
{
    /// <summary>Words of an operator, not of a program; with the longest of names they stay below what the spool keeps under one key.</summary>
    public const int Bound = 100;

    private const string Paused = "pause ";
    private const string Resumed = "resume ";

    private readonly List<Word> _words = [];

    /// <summary>The patterns whose queues are paused, in the order in which they were said.</summary>
    public IReadOnlyList<QueuePattern> All => [.. _words.Where(static word => word.IsPause).Select(static word => word.Pattern)];

    /// <summary>All of it, a line a word, as it is kept over a restart; empty when nothing was said.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder();
            foreach (Word word in _words)
            {
                text.Append(word.IsPause ? Paused : Resumed).Append(word.Pattern).Append('\n');
            }

            return text.ToString();
        }
    }

    /// <summary>From now on they are paused. False when there are too many words already.</summary>
    /// <param name="isOneQueue">It names a queue that keeps its pause itself: only what was left out for it is taken back.</param>
    public bool Pause(QueuePattern pattern, bool isOneQueue)
    {
        Forget(pattern);
        return isOneQueue || Add(new Word(pattern, IsPause: true));
    }

    /// <summary>
    /// From now on they are not paused: the words that are not wider than this one are over, and this one is left out of the others.
    /// False when there are too many words already.
    /// </summary>
    /// <param name="ended">How many words are over.</param>
    public bool Resume(QueuePattern pattern, out int ended)
    {
        ended = Forget(pattern);
        return !_words.Exists(word => word.IsPause && word.Pattern.MayMeet(pattern)) || Add(new Word(pattern, IsPause: false));
    }

    /// <summary>The pattern by which a queue is paused; null when none does.</summary>
    /// <param name="group">The name under which it shares a provider's limits, if it does.</param>
    public QueuePattern? By(QueueKey key, QueueKey? group)
    {
        for (int i = _words.Count - 1; i >= 0; i--)
        {
            if (_words[i].Pattern.Matches(key) || (group is { } name && _words[i].Pattern.NamesRollup && _words[i].Pattern.Matches(name)))
            {
                return _words[i].IsPause ? _words[i].Pattern : null;
            }
        }

        return null;
    }

    /// <summary>Takes over what <see cref="Text"/> said. Lines that mean nothing are left out.</summary>
    public void Restore(string text)
    {
        _words.Clear();
        foreach (string line in text.Split('\n'))
        {
            bool isPause = line.StartsWith(Paused, StringComparison.Ordinal);
            string name = isPause ? line[Paused.Length..] : line.StartsWith(Resumed, StringComparison.Ordinal) ? line[Resumed.Length..] : "";
            if (QueuePattern.TryParse(name, out QueuePattern pattern))
            {
                Add(new Word(pattern, isPause));
            }
        }
    }

    private bool Add(Word word)
    {
        bool fits = _words.Count < Bound;
        if (fits)
        {
            _words.Add(word);
        }

        return fits;
    }

    /// <summary>The words about nothing but what the pattern means. Returns how many pauses were among them.</summary>
    private int Forget(QueuePattern pattern)
    {
        int pauses = _words.Count(word => word.IsPause && pattern.Covers(word.Pattern));
        _words.RemoveAll(word => pattern.Covers(word.Pattern));
        return pauses;
    }

    private readonly record struct Word(QueuePattern Pattern, bool IsPause);
}
