// What a crash may leave at the end of an accounting file: half a line, or space that was never written (read as NUL).
// No acknowledged record is there: acknowledged means synced, and a sync covers whole lines.

using Godwit.Foundation;

namespace Godwit.Accounting;

/// <summary>Finds where the whole lines of a file end.</summary>
internal static class AccountingTail
{
    /// <summary>Octets looked through at the end: more than one group of records can hold.</summary>
    private const long Window = 64L * 1024 * 1024;

    /// <summary>Length of the file up to its last whole line before any unwritten space.</summary>
    public static long WholeLines(IVolumeFile file)
    {
        long length = file.Length;
        long position = Math.Max(0, length - Window);
        long lineEnd = position;
        byte[] buffer = new byte[64 * 1024];
        bool afterReturn = false;
        while (position < length)
        {
            ReadOnlySpan<byte> piece = buffer.AsSpan(0, file.Read(position, buffer));
            if (piece.IsEmpty)
            {
                break;
            }

            int unwritten = piece.IndexOf((byte)0);
            ReadOnlySpan<byte> written = unwritten < 0 ? piece : piece[..unwritten];
            if (afterReturn && !written.IsEmpty && written[0] == '\n')
            {
                lineEnd = position + 1;
            }

            int last = written.LastIndexOf("\r\n"u8);
            lineEnd = last < 0 ? lineEnd : position + last + 2;
            if (unwritten >= 0)
            {
                break;
            }

            afterReturn = piece[^1] == '\r';
            position += piece.Length;
        }

        return lineEnd;
    }
}
