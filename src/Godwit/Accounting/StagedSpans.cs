// Which files of one <acct-file> are to be handed over, kept beside them as NAME.staged. A path may have been a plain file's before, and may be one again:
// what was written then is the operator's, is posted to nobody and is deleted by no export. Each switch is noted, durably, before the first file behind it
// is made. Written by the AccountingFile on the committer's thread alone; the export reads it when it begins, and no switch happens while it runs.

using System.Text;
using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>Stretches of file names, by age. Immutable.</summary>
internal sealed class StagedSpans
{
    private const string Version = "godwit-staged-1";

    /// <summary>First file, and the first that does not belong to it any more; that is empty while the span is open.</summary>
    private readonly IReadOnlyList<(string From, string Before)> _spans;

    private StagedSpans(IReadOnlyList<(string From, string Before)> spans) => _spans = spans;

    /// <summary>Nothing is to be handed over.</summary>
    public static StagedSpans None { get; } = new([]);

    /// <summary>Every name in it, for whoever must not use one twice.</summary>
    public IEnumerable<string> Names => _spans.SelectMany(static span => new[] { span.From, span.Before });

    /// <summary>What is noted for files of this name; <see cref="None"/> when nothing is, or what is there is none of ours (and then it is said).</summary>
    /// <param name="unreadable">Called with the path of a note that cannot be understood.</param>
    /// <exception cref="IOException">The device says no.</exception>
    public static StagedSpans Read(IVolume volume, string configuredPath, Action<string>? unreadable = null)
    {
        string name = NameOf(configuredPath);
        if (StagedNote.Read(volume, name) is not { } text)
        {
            return None;
        }

        if (Parse(text) is { } spans)
        {
            return new StagedSpans(spans);
        }

        unreadable?.Invoke(Path.Combine(volume.Path, name));
        return None;
    }

    /// <summary>Whether a file made now is to be handed over.</summary>
    public bool IsOpen(AccountingFileNames names) => _spans.Count > 0 && _spans[^1].Before.Length == 0 && names.TryParse(_spans[^1].From, out _);

    /// <summary>Whether a file is to be handed over.</summary>
    public bool Contains(AccountingFileNames names, AccountingFileStamp stamp)
    {
        for (int i = 0; i < _spans.Count; i++)
        {
            (string from, string before) = _spans[i];
            if (names.TryParse(from, out AccountingFileStamp first) && first.CompareTo(stamp) <= 0
                && (before.Length == 0 || (names.TryParse(before, out AccountingFileStamp end) && stamp.CompareTo(end) < 0)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>From this file on they are handed over. Spans of which no file is left are forgotten.</summary>
    /// <param name="names">How files are called.</param>
    /// <param name="files">Those that are there.</param>
    public StagedSpans Opened(string from, AccountingFileNames names, IEnumerable<string> files)
    {
        var there = new List<AccountingFileStamp>();
        foreach (string file in files)
        {
            if (names.TryParse(file, out AccountingFileStamp stamp))
            {
                there.Add(stamp);
            }
        }

        return new StagedSpans([.. _spans.Where(span => there.Exists(stamp => new StagedSpans([span]).Contains(names, stamp))), (from, "")]);
    }

    /// <summary>The last before this file was the last to be handed over.</summary>
    public StagedSpans Closed(string before) => new([.. _spans.SkipLast(1), (_spans[^1].From, before)]);

    /// <summary>Returns when it is durable. Throws <see cref="IOException"/>.</summary>
    public void Write(IVolume volume, string configuredPath)
    {
        var text = new StringBuilder(Version).Append('\n');
        foreach ((string from, string before) in _spans)
        {
            text.Append(from).Append('\t').Append(before).Append('\n');
        }

        StagedNote.Write(volume, NameOf(configuredPath), text.ToString());
    }

    private static string NameOf(string configuredPath) => Path.GetFileName(configuredPath) + ".staged";

    private static List<(string From, string Before)>? Parse(string text)
    {
        string[] lines = text.Split('\n');
        if (lines.Length < 2 || lines[0] != Version || lines[^1].Length > 0)
        {
            return null;
        }

        var spans = new List<(string From, string Before)>();
        foreach (string line in lines.AsSpan(1, lines.Length - 2))
        {
            if (line.Split('\t') is not [{ Length: > 0 } from, var before])
            {
                return null;
            }

            spans.Add((from, before));
        }

        return spans;
    }
}
