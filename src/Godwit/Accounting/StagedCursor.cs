// How far the files of one exported <acct-file> have been handed over, kept beside them as NAME.cursor. Written by the export alone. It is here and not with
// its reader because the names of new files must not fall behind it, those of a plain file on the same path neither: a name is used once.

using System.Globalization;
using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>A place in the staged files, and the batch that was about to be sent from there.</summary>
/// <param name="Name">The file; empty when nothing has been handed over yet.</param>
/// <param name="Offset">Octets of it that are done; a whole number of lines.</param>
/// <param name="BatchOctets">Octets behind them that a batch was made of; 0 when there is none.</param>
/// <param name="BatchId">What the receiver knows that batch by.</param>
internal sealed record StagedCursor(string Name, long Offset, int BatchOctets = 0, string BatchId = "")
{
    private const string Version = "godwit-cursor-1";

    public static StagedCursor None { get; } = new("", 0);

    /// <summary>What is kept for files of this name; <see cref="None"/> when nothing is, or what is there is none of ours (and then it is said).</summary>
    /// <param name="unreadable">Called with the name of a file that cannot be understood: what it said is sent again.</param>
    /// <exception cref="IOException">The device says no.</exception>
    public static StagedCursor Read(IVolume volume, string configuredPath, Action<string>? unreadable = null)
    {
        string name = NameOf(configuredPath);
        if (StagedNote.Read(volume, name) is not { } text)
        {
            return None;
        }

        if (TryParse(text, out StagedCursor cursor))
        {
            return cursor;
        }

        unreadable?.Invoke(Path.Combine(volume.Path, name));
        return None;
    }

    /// <summary>Returns when it is durable. Throws <see cref="IOException"/>.</summary>
    public void Write(IVolume volume, string configuredPath) => StagedNote.Write(volume, NameOf(configuredPath), string.Create(
        CultureInfo.InvariantCulture, $"{Version}\t{Name}\t{Offset}\t{BatchOctets}\t{BatchId}\n"));

    private static string NameOf(string configuredPath) => Path.GetFileName(configuredPath) + ".cursor";

    private static bool TryParse(string text, out StagedCursor cursor)
    {
        cursor = None;
        if (text.Split('\t') is not [Version, var name, var offset, var batch, var id] || !id.EndsWith('\n')
            || !long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out long done)
            || !int.TryParse(batch, NumberStyles.None, CultureInfo.InvariantCulture, out int octets))
        {
            return false;
        }

        cursor = new StagedCursor(name, done, octets, id.TrimEnd('\n'));
        return true;
    }
}
