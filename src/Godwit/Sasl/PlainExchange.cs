using System.Net;

namespace Godwit.Sasl;

/// <summary>PLAIN (RFC 4616): <c>[authzid] NUL authcid NUL passwd</c> in one message.</summary>
internal sealed class PlainExchange(UserBook users, IPAddress client) : SaslExchange(SaslMechanism.Plain)
{
    private bool _asked;

    protected override async ValueTask<SaslStep> TakeAsync(byte[]? message)
    {
        if (message is null && !_asked)
        {
            _asked = true;
            return new SaslStep(SaslStatus.Challenge);
        }

        if (!TrySplit(message, out Range user, out Range password) || !SaslText.TryRead(message!.AsSpan(user), out string name))
        {
            return SaslStep.Malformed;
        }

        // Nobody may act for somebody else. Names are compared as users are found.
        ReadOnlySpan<byte> actsFor = message.AsSpan(0, user.Start.Value - 1);
        if (!actsFor.IsEmpty && !(SaslText.TryRead(actsFor, out string other) && other.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            return SaslStep.Failure;
        }

        Claimed = users.Find(name);
        return Conclude(await users.CheckAsync(client, Claimed, message.AsMemory(password)));
    }

    private static bool TrySplit(byte[]? message, out Range user, out Range password)
    {
        user = password = default;
        int first = message.AsSpan().IndexOf((byte)0);
        int second = first < 0 ? -1 : message.AsSpan(first + 1).IndexOf((byte)0) + first + 1;
        if (message is null || first > MaxName || second <= first + 1 || second - first - 1 > MaxName)
        {
            return false;
        }

        user = (first + 1)..second;
        password = (second + 1)..message.Length;
        int length = message.Length - second - 1;
        return length is > 0 and <= MaxName && !message.AsSpan(second + 1).Contains((byte)0);
    }
}
