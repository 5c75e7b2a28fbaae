// One small file of lines that is replaced as a whole: written beside, synced, renamed. A reader sees the old one or the new one.
// Owned by whoever made it; one writer at a time. A file that cannot be read is as good as none: what stands in it can be found out again.

using System.Text;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Trust;

/// <summary>A file in the state directory.</summary>
internal sealed class StateFile(IVolume volume, string name, ILogger log)
{
    /// <summary>No file of ours grows so large; a larger one is somebody else's.</summary>
    public const int MaxOctets = 256 * 1024 * 1024;

    private bool _isBroken;

    /// <summary>Its lines; none when it is missing or cannot be read.</summary>
    public IReadOnlyList<string> Read()
    {
        try
        {
            using IVolumeFile file = volume.Open(name, create: false);
            long length = Math.Min(file.Length, MaxOctets);
            byte[] octets = new byte[length];
            int read = 0;
            for (int last = 1; last > 0 && read < octets.Length; read += last)
            {
                last = file.Read(read, octets.AsSpan(read));
            }

            return Encoding.UTF8.GetString(octets, 0, read).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        catch (IOException failure)
        {
            log.TrustStateUnreadable(Path.Combine(volume.Path, name), failure.Message);
            return [];
        }
    }

    /// <summary>Replaces it; durable when this returns. What the device says goes to the log: mail does not depend on it.</summary>
    public void Write(IEnumerable<string> lines)
    {
        string fresh = $"{name}.new";
        try
        {
            var parts = new List<ReadOnlyMemory<byte>>();
            foreach (string line in lines)
            {
                parts.Add(Encoding.UTF8.GetBytes($"{line}\n"));
            }

            using (IVolumeFile file = volume.Open(fresh, create: true))
            {
                file.SetLength(0);
                long offset = 0;
                foreach (ReadOnlyMemory<byte> part in Joined(parts))
                {
                    file.Write(offset, [part]);
                    offset += part.Length;
                }

                file.SyncData();
            }

            volume.Rename(fresh, name);
            volume.SyncDirectory();
            _isBroken = false;
        }
        catch (IOException failure)
        {
            if (!_isBroken)
            {
                log.TrustStateNotWritten(Path.Combine(volume.Path, name), failure.Message);
            }

            _isBroken = true;
        }
    }

    /// <summary>Few large writes instead of many small ones.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Joined(List<ReadOnlyMemory<byte>> parts)
    {
        const int Enough = 1024 * 1024;
        var block = new MemoryStream();
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            block.Write(part.Span);
            if (block.Length >= Enough)
            {
                yield return block.ToArray();
                block.SetLength(0);
            }
        }

        yield return block.ToArray();
    }
}
