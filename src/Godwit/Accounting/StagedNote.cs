// A few lines that are kept beside the files of one exported <acct-file>. Written whole under another name, synced, then renamed, so it is the old one or
// the new one after any crash.

using System.Text;
using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>Reads and writes small files whole. Methods throw <see cref="IOException"/> when the device says no.</summary>
internal static class StagedNote
{
    /// <summary>Far more than a note of ours is long: behind it stands something else.</summary>
    private const int MaxOctets = 1024 * 1024;

    /// <summary>What stands there; null when there is none.</summary>
    public static string? Read(IVolume volume, string name)
    {
        if (!volume.List().Contains(name, StringComparer.Ordinal))
        {
            return null;
        }

        using IVolumeFile file = volume.Open(name, create: false);
        var octets = new byte[(int)Math.Min(file.Length, MaxOctets)];
        return Encoding.UTF8.GetString(octets, 0, file.Read(0, octets));
    }

    /// <summary>Returns when it is durable.</summary>
    public static void Write(IVolume volume, string name, string text)
    {
        string draft = name + ".new";
        byte[] octets = Encoding.UTF8.GetBytes(text);
        using (IVolumeFile file = volume.Open(draft, create: true))
        {
            file.Write(0, [octets]);
            file.SetLength(octets.Length);
            file.SyncData();
        }

        volume.Rename(draft, name);
        volume.SyncDirectory();
    }
}
