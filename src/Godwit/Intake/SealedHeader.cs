// Puts a seal before a header that is complete: what it signs must not change behind it. Static.

using System.Buffers;
using Godwit.Mail;

namespace Godwit.Intake;

/// <summary>Seals what the stamp has made.</summary>
internal static class SealedHeader
{
    /// <summary>More than a header that passed the door can have with what is added to it; one look then finds its end.</summary>
    private const int MaxOctets = ContentBuffer.MaxHeader + (64 * 1024);

    /// <param name="head">The header's pieces and what follows them; the seal becomes the first.</param>
    public static async ValueTask AddAsync(List<ReadOnlyMemory<byte>> head, Func<ReadOnlyMemory<byte>, Task<byte[]>> sealAsync)
    {
        var joined = new ArrayBufferWriter<byte>(8192);
        for (int i = 0; i < head.Count && joined.WrittenCount < MaxOctets; i++)
        {
            joined.Write(head[i].Span);
        }

        HeaderBlock.TryFindEnd(joined.WrittenSpan, complete: true, out int length);
        byte[] seal = await sealAsync(joined.WrittenMemory[..length]);
        if (seal.Length > 0)
        {
            head.Insert(0, seal);
        }
    }
}
