// One line of the state file: a policy that was fetched. Immutable, so that it can be written while deliveries go on.

using System.Globalization;
using System.Text;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Trust;

/// <summary>A policy as it was fetched.</summary>
/// <param name="Id">What stood in DNS then.</param>
internal sealed record StsLine(DomainName Domain, string Id, Instant Fetched, StsPolicy Policy)
{
    /// <summary>Domain, id, time, policy.</summary>
    public string Write() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Domain.Text} {Id} {Fetched.UnixMilliseconds} {Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Join('\n', Policy.Lines)))}");

    /// <summary>Null for a line that is not one of ours.</summary>
    /// <param name="now">A clock that was set back since does not make a policy younger than new: it would not be fetched anew until then.</param>
    public static StsLine? Read(string line, Instant now)
    {
        string[] words = line.Split(' ');
        byte[] text = new byte[line.Length];
        if (words.Length != 4
            || !DomainName.TryParse(words[0], out DomainName domain)
            || !long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out long fetched)
            || fetched > Instant.Never.UnixMilliseconds
            || !Convert.TryFromBase64String(words[3], text, out int length)
            || !StsPolicy.TryParse(Encoding.ASCII.GetString(text, 0, length), out StsPolicy policy, out _))
        {
            return null;
        }

        return new StsLine(domain, words[1], Instant.Min(Instant.FromUnixMilliseconds(fetched), now), policy);
    }
}
