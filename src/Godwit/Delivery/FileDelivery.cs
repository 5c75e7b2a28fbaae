// Delivery into files. A new file is written under another name, synced, and only then gets its own: whoever watches the directory sees whole messages.
// Owned by one ticket's delivery. What the disk says becomes a result: mail waits while there is no room, it is never lost.

using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary><c>type file</c>.</summary>
internal sealed class FileDelivery(DeliverySettings settings, ServerClock clock) : IRecipientDrop
{
    /// <summary>errno EIO, ENOSPC, EROFS, EDQUOT: what is wrong with the device is wrong for every recipient.</summary>
    private const int InputOutput = 5;
    private const int NoSpace = 28;
    private const int ReadOnly = 30;
    private const int QuotaExceeded = 122;

    /// <summary>Mail is its recipient's own.</summary>
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly MailboxFile _mailboxes = new(OwnerOnly);

    private readonly MacroText _place = MacroText.OfPath(settings.FileDestination);

    public async ValueTask<DropResult> DeliverAsync(MessageContent content, int index, CancellationToken abort)
    {
        if (settings.FileDestination.Length == 0)
        {
            return DropResult.Queue("the configuration has no file-destination for this queue; add one and reload");
        }

        Instant now = clock.Now;
        var macros = new DeliveryMacros(content.Envelope, index, settings.MacroVariablesPreserveCase, now);
        if (macros.Path(_place) is not { } path)
        {
            return DropResult.Of(DeliveryVerdicts.MessageFailed(new SmtpReply(550, "5.1.3 the address makes a file name of more than 255 octets"), now));
        }

        try
        {
            if (settings.FileFormat == FileFormat.AppendMbox)
            {
                await _mailboxes.AppendAsync(path, content, now, clock.Time, abort);
            }
            else
            {
                path = Create(path, content, index);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string problem = $"cannot write to {path}: {DeliveryMacros.Printable(failure.Message)}";
            return _place.IsConstant || failure.HResult is InputOutput or NoSpace or ReadOnly or QuotaExceeded || failure is DiskFullException
                ? DropResult.Queue(problem)
                : DropResult.Of(DeliveryVerdicts.PutOff(new SmtpReply(451, $"4.3.0 {problem}"), settings, clock.Now));
        }

        var reply = new SmtpReply(250, $"2.0.0 written to {path}");
        return DropResult.Of(new Verdict(VerdictKind.Delivered, reply, reply.Status, default, "") { IsLocal = true });
    }

    /// <summary>
    /// The name is the message's and the recipient's: no other has it, and what a crash makes us repeat replaces what stands there. The machine's name
    /// keeps servers apart that share a directory.
    /// </summary>
    private string Create(string directory, MessageContent content, int index)
    {
        var volume = new OsVolume(directory, OwnerOnly);
        string name = $"{content.Envelope.Id}.{index}.{Environment.MachineName}";
        string temporary = $"{name}.tmp";
        try
        {
            using (IVolumeFile file = volume.Open(temporary, create: true))
            {
                file.SetLength(0);
                Write(file, content, index);
                file.SyncData();
            }

            volume.Rename(temporary, $"{name}.msg");
            volume.SyncDirectory();
        }
        catch (Exception)
        {
            Remove(volume, temporary);
            throw;
        }

        return Path.Combine(directory, $"{name}.msg");
    }

    private void Write(IVolumeFile file, MessageContent content, int index)
    {
        long end = 0;
        if (settings.FileFormat == FileFormat.NewPickup)
        {
            Put(PickupHead(content.Envelope, index));
        }

        var lines = new LocalLines(quotesFrom: false, keepsLineEnds: content.Envelope.Body == BodyKind.BinaryMime);
        while (content.TryReadNext(out ReadOnlyMemory<byte> piece))
        {
            Put(lines.Turn(piece.Span));
        }

        Put(lines.End());

        void Put(ReadOnlyMemory<byte> octets)
        {
            if (!octets.IsEmpty)
            {
                file.Write(end, [octets]);
                end += octets.Length;
            }
        }
    }

    /// <summary>What a pickup directory reads before the message: the reference's 4.5.</summary>
    private static byte[] PickupHead(Envelope envelope, int index)
    {
        var head = new StringBuilder();
        head.Append("x-sender: ").Append(envelope.Sender.Text).Append('\n');
        head.Append("x-receiver: ").Append(envelope.Recipients[index].Address.Text).Append('\n');
        if (envelope.EnvelopeId.Length > 0)
        {
            head.Append("x-envid: ").Append(DeliveryMacros.Printable(envelope.EnvelopeId)).Append('\n');
        }

        if (envelope.JobId.Length > 0)
        {
            head.Append("x-job: ").Append(DeliveryMacros.Printable(envelope.JobId)).Append('\n');
        }

        return Encoding.UTF8.GetBytes(head.ToString());
    }

    private static void Remove(OsVolume volume, string temporary)
    {
        try
        {
            volume.Delete(temporary);
        }
        catch (IOException)
        {
            return; // A repeated attempt writes over it, and what failed first is what the operator is told.
        }
    }
}
