// What lies in the spool of a server that has stopped: read as the next start would read it, for what no report shows.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Support;

internal static class SpoolContents
{
    /// <summary>Every recipient without a final fate, by address, as its envelope says it.</summary>
    public static async Task<Dictionary<string, (Envelope Envelope, EnvelopeRecipient Recipient)>> EnvelopesAsync(string directory)
    {
        await using var spool = MessageSpool.Open(new OsVolume(directory), () => 0, new ServerClock(TimeProvider.System), NullLogger.Instance);
        return spool.Recovered
            .SelectMany(message => message.Open.Select(open => (message.Envelope, Recipient: message.Envelope.Recipients[open.Index])))
            .ToDictionary(each => each.Recipient.Address.Text);
    }

    /// <summary>Every recipient without a final fate, by address.</summary>
    public static async Task<Dictionary<string, RecoveredRecipient>> ReadAsync(string directory)
    {
        await using var spool = MessageSpool.Open(new OsVolume(directory), () => 0, new ServerClock(TimeProvider.System), NullLogger.Instance);
        return spool.Recovered
            .SelectMany(message => message.Open.Select(open => (message.Envelope.Recipients[open.Index].Address.Text, Open: open)))
            .ToDictionary(each => each.Text, each => each.Open);
    }
}
