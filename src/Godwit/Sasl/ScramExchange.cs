using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Sasl;

/// <summary>
/// SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding: the password never crosses the network, and we prove that we know it, too. Messages are read
/// as Latin-1, so that what is signed is what was sent, octet for octet.
/// </summary>
/// <param name="client">Whose proofs are compared.</param>
/// <param name="nonce">Ours; nobody was sent it before.</param>
internal sealed class ScramExchange(UserBook users, IPAddress client, string nonce) : SaslExchange(SaslMechanism.ScramSha256)
{
    private string _header = "";
    private string _clientFirst = "";
    private string _serverFirst = "";
    private string _nonces = "";
    private ScramUser? _claimed;
    private Turn _turn;

    private enum Turn : byte
    {
        Request,
        First,
        Final,
        Farewell,
    }

    protected override async ValueTask<SaslStep> TakeAsync(byte[]? message)
    {
        if (message is null)
        {
            return _turn++ == Turn.Request ? new SaslStep(SaslStatus.Challenge) : SaslStep.Malformed;
        }

        string text = Encoding.Latin1.GetString(message);
        switch (_turn)
        {
            case Turn.Request or Turn.First:
                return First(text);
            case Turn.Final:
                return await FinalAsync(text);
            default:
                // SMTP has no place for our signature in the reply of success (RFC 4954 section 4), so the client has answered it with nothing.
                User = text.Length == 0 ? _claimed!.User : null;
                return User is null ? SaslStep.Malformed : new SaslStep(SaslStatus.Success);
        }
    }

    /// <summary><c>n,,n=user,r=nonce</c></summary>
    private SaslStep First(string text)
    {
        // "y" is a client that could bind the channel and believes that we cannot: right. "p" wants to, and was not offered it.
        int comma = text.IndexOf(',', StringComparison.Ordinal);
        int end = comma == 1 && text[0] is 'n' or 'y' ? text.IndexOf(',', comma + 1) : -1;
        if (end < 0)
        {
            return SaslStep.Malformed;
        }

        _header = text[..(end + 1)];
        _clientFirst = text[(end + 1)..];
        string[] parts = _clientFirst.Split(',');
        if (parts.Length < 2 || !TryName(parts[0], "n=", out string name)
            || !parts[1].StartsWith("r=", StringComparison.Ordinal) || !IsNonce(parts[1].AsSpan(2)))
        {
            return SaslStep.Malformed;
        }

        string actsFor = text[(comma + 1)..end];
        if (actsFor.Length > 0 && (!TryName(actsFor, "a=", out string other) || !other.Equals(name, StringComparison.OrdinalIgnoreCase)))
        {
            return SaslStep.Failure;
        }

        Claimed = users.Find(name);
        _claimed = users.FindScramUser(name);
        _turn = Turn.Final;
        _nonces = parts[1][2..] + nonce;
        _serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={_nonces},s={Convert.ToBase64String(_claimed.Salt.Span)},i={_claimed.Iterations}");
        return new SaslStep(SaslStatus.Challenge, Encoding.Latin1.GetBytes(_serverFirst));
    }

    /// <summary><c>c=biws,r=nonces,p=proof</c></summary>
    private async ValueTask<SaslStep> FinalAsync(string text)
    {
        int end = text.LastIndexOf(",p=", StringComparison.Ordinal);
        byte[] proof = new byte[ScramKeys.Length];
        if (end < 0 || !Convert.TryFromBase64Chars(text.AsSpan(end + 3), proof, out int length))
        {
            return SaslStep.Malformed;
        }

        // The header comes once more, under the signature: nobody has changed it on the way.
        string[] parts = text[..end].Split(',');
        if (parts.Length < 2 || parts[0] != "c=" + Convert.ToBase64String(Encoding.Latin1.GetBytes(_header)) || parts[1] != "r=" + _nonces)
        {
            return SaslStep.Malformed;
        }

        byte[] signed = ScramKeys.AuthMessage(_clientFirst, _serverFirst, text[..end]);
        ScramVerdict proved = await users.ProveAsync(client, _claimed!, proof[..length], signed);
        if (proved.Verdict != PasswordVerdict.Right)
        {
            return Conclude(proved.Verdict);
        }

        _turn = Turn.Farewell;
        return new SaslStep(SaslStatus.Challenge, Encoding.Latin1.GetBytes("v=" + Convert.ToBase64String(proved.ServerSignature.Span)));
    }

    /// <summary>RFC 5802 section 5.1: comma and equals sign are written as =2C and =3D.</summary>
    private static bool TryName(string part, string prefix, out string name)
    {
        name = "";
        if (!part.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        string plain = part[prefix.Length..].Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "\0", StringComparison.Ordinal);
        byte[] octets = Encoding.Latin1.GetBytes(plain.Replace('\0', '='));
        return !plain.Contains('=', StringComparison.Ordinal) && octets.Length <= MaxName && SaslText.TryRead(octets, out name);
    }

    private static bool IsNonce(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange('!', '~');
}
