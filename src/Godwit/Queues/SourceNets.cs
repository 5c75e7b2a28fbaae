using System.Net;
using System.Net.Sockets;

namespace Godwit.Queues;

/// <summary>Which source addresses belong together in a provider's eyes: those of one /24 (IPv4) or /64 (IPv6).</summary>
internal static class SourceNets
{
    /// <summary>Whether something that was said to <paramref name="spoken"/> is about <paramref name="other"/>. null is whatever the system chooses.</summary>
    public static bool Reaches(SourceReach reach, IPAddress? spoken, IPAddress? other) =>
        reach == SourceReach.All || Equals(spoken, other) || (reach == SourceReach.Net && spoken is not null && other is not null && AreNear(spoken, other));

    private static bool AreNear(IPAddress one, IPAddress other)
    {
        Span<byte> a = stackalloc byte[16];
        Span<byte> b = stackalloc byte[16];
        int octets = one.AddressFamily == AddressFamily.InterNetwork ? 3 : 8;
        return one.AddressFamily == other.AddressFamily
            && one.TryWriteBytes(a, out _) && other.TryWriteBytes(b, out _) && a[..octets].SequenceEqual(b[..octets]);
    }
}
