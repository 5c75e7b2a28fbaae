// CRC-32C (Castagnoli): the polynomial that x64 and arm64 compute in hardware, eight octets a step.

using System.Buffers.Binary;
using System.Numerics;

namespace Godwit.Spool;

/// <summary>A running CRC-32C: begin with <see cref="Begin"/>, append, take <see cref="End"/>.</summary>
internal static class Crc32C
{
    public const uint Begin = uint.MaxValue;

    public static uint Compute(ReadOnlySpan<byte> octets) => End(Append(Begin, octets));

    public static uint Append(uint running, ReadOnlySpan<byte> octets)
    {
        while (octets.Length >= sizeof(ulong))
        {
            running = BitOperations.Crc32C(running, BinaryPrimitives.ReadUInt64LittleEndian(octets));
            octets = octets[sizeof(ulong)..];
        }

        foreach (byte octet in octets)
        {
            running = BitOperations.Crc32C(running, octet);
        }

        return running;
    }

    public static uint Append(uint running, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            running = Append(running, parts[i].Span);
        }

        return running;
    }

    public static uint End(uint running) => ~running;
}
