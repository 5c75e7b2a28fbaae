// A state frame's payload: the key as text, then the value. An empty value says that the key is gone.

namespace Godwit.Spool;

/// <summary>Reads state frames.</summary>
internal static class StateFrame
{
    public static string Read(ReadOnlySpan<byte> payload, out byte[] value)
    {
        var from = new OctetReader(payload);
        string key = from.ReadText();
        value = from.ReadOctets(from.Remaining).ToArray();
        return key;
    }

    public static byte[] ValueOf(ReadOnlySpan<byte> payload)
    {
        Read(payload, out byte[] value);
        return value;
    }
}
