// What a session waits for when its source asks for checks of senders: SPF and the client's name behind MAIL, signatures and policy behind the content.
// The pipelined commands behind MAIL wait in the buffer meanwhile, so replies stay in order.

using System.Text;
using Godwit.Diagnostics;
using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Verification;

namespace Godwit.Reception;

public sealed partial class SmtpSession
{
    /// <summary>What is known of the client's name; asked for once a session.</summary>
    private IprevFinding? _iprev;

    /// <summary>Answers MAIL once its sender is checked.</summary>
    private async ValueTask CheckSenderAsync()
    {
        // The reply depends on name servers now, not on the client; the checks have a deadline of their own.
        _connection.SetDeadline(Timeout.InfiniteTimeSpan);
        SourceSettings source = _client.Source;
        SenderFindings findings = await _door.Checks!.CheckSenderAsync(
            source, _connection.Remote, _client.Name, _transaction.Sender, _server.HostName, _iprev);
        _iprev = findings.Iprev;
        _connection.SetDeadline(source.SmtpCommandTimeout);
        if (SenderPolicy.AtMail(source, findings) is { } refusal)
        {
            _log.SenderRefused(_connection.Remote, findings.Sender, refusal.ToString());
            _transaction.End();
            Reply(refusal);
            return;
        }

        _transaction.Findings = findings;
        Accept(SmtpReplies.MailOk);
    }

    /// <summary>Hands in a content with what was found of its sender, unless that refuses it.</summary>
    private async ValueTask SubmitCheckedAsync(Submission submission, SenderFindings findings)
    {
        SourceSettings source = submission.Source;
        ServerSettings server = _server;
        Func<ReadOnlyMemory<byte>, Task<byte[]>>? sealAsync = null;
        if (SenderChecks.WantsContent(source) && !submission.Content.HeaderTooLarge)
        {
            using ContentReader body = submission.Content.ReadBehindHeader();
            ContentReport report = await _door.Checks!.CheckContentAsync(
                source, _connection.Remote, findings, submission.Content.Header(), body.TryReadNext);
            findings = report.Findings;
            if (SenderPolicy.AtContent(source, findings.Dmarc) is { } refusal)
            {
                _log.SenderRefused(_connection.Remote, findings.Sender, refusal.ToString());
                Reply(refusal);
                return;
            }

            sealAsync = SenderChecks.Seals(source) ? header => _door.Checks.SealAsync(source, report, server.HostName, header) : null;
        }

        byte[] results = Encoding.ASCII.GetBytes(ResultsText.Field(server.HostName, findings));
        await SubmitAsync(submission with { Stamp = new SenderStamp(results, sealAsync) });
    }
}
