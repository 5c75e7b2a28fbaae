// Step 4: TLS with a host, where it is wanted, offered or required.
// Without a requirement a host whose TLS does not work is spoken to in plain text, over a new connection where the old one broke. With one nothing goes to
// it: the next host is tried, then the queue waits. Nothing ever bounces for TLS before its time is over.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Smtp;
using Godwit.Tls;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    /// <summary>RFC 3463 section 3.8: the host cannot do what is asked of it.</summary>
    private const string NotSupported = "4.7.4";

    /// <summary>RFC 3463 section 3.8: it can, and it failed.</summary>
    private const string CryptoFailed = "4.7.5";

    /// <summary>Looking again costs little, for the answers are remembered; a policy is meant for days, and records live for minutes.</summary>
    private static readonly TimeSpan _termsHold = TimeSpan.FromMinutes(5);

    private SmtpReply? _tlsRefusal;
    private Instant _termsFrom;

    /// <summary>Null when the host is not to be connected to now: <see cref="_tlsRefusal"/> says why.</summary>
    private async ValueTask<HostTlsTerms?> TermsForAsync(HostAddress host)
    {
        string problem;
        string status = NotSupported;
        bool lasts = true;
        try
        {
            if (_settings.TlsCaFile.Length > 0 || _settings.ClientCertificate is not null)
            {
                await Task.Yield(); // A file may have to be read.
            }

            _termsFrom = tools.Clock.Now;
            HostTlsTerms terms = await tools.Tls.TermsForAsync(ticket.Key, host, _settings, abort);
            problem = terms.Problem;
            if (problem.Length == 0)
            {
                return terms;
            }

            // A name server may answer the next time; a policy that leaves the host out will not.
            lasts = terms.Destination is not { MustDefer: true };
            status = CryptoFailed;
            tools.Tls.Count(terms, host, ticket.Source.Address, terms.Trust?.ProblemType ?? TlsResultType.ValidationFailure);
        }
        catch (TlsFileException unusable)
        {
            // Not without what the operator has asked for.
            problem = unusable.Message;
        }

        _tlsRefusal = new SmtpReply(451, $"{status} {problem}");
        NoteFailure(host, problem, remember: false, lasts);
        return null;
    }

    /// <summary>Null when the connection may carry mail.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)?> SecureAsync(PeerConnection peer)
    {
        HostTlsTerms terms = peer.Terms;
        if (!terms.IsWanted)
        {
            if (terms is { IsPassedOver: true, IsCounted: false })
            {
                tools.Tls.Count(terms, peer.Host, peer.SourceAddress, TlsResultType.ValidationFailure, "its TLS failed a moment ago");
            }

            return null;
        }

        if (!peer.Extensions.Has(SmtpExtension.StartTls))
        {
            tools.Tls.Count(terms, peer.Host, peer.SourceAddress, TlsResultType.StartTlsNotSupported);
            return terms.IsRequired ? await WithoutTlsAsync(peer, NotSupported, $"{peer.Host.Text} offers no STARTTLS", lasts: true) : null;
        }

        TlsOutcome outcome = await peer.StartTlsAsync();
        bool secured = outcome.End == TlsEnd.Secured;
        tools.Traffic.Protocol.TlsOut.Add(secured ? peer.Connection.TlsProtocol : "none", secured ? "ok" : "failed");
        if (outcome.End != TlsEnd.Secured)
        {
            if (outcome.Fault is not null)
            {
                CountTls(peer, outcome.Fault, outcome.Detail);
            }

            return outcome.End == TlsEnd.Broken ? await AfterBrokenTlsAsync(peer, outcome.Problem, outcome.Lasts)
                : terms.IsRequired ? await WithoutTlsAsync(peer, NotSupported, outcome.Problem, outcome.Lasts)
                : null;
        }

        NoteTls(peer, outcome.Fault);

        // A host of TLS 1.3 that does not like our certificate says so behind the handshake, by hanging up.
        SmtpReply? hello = await peer.HelloAsync();
        if (hello is null)
        {
            CountTls(peer, outcome.Fault ?? TlsResultType.ValidationFailure, peer.LossDetail);
            return await AfterBrokenTlsAsync(peer, peer.LossReason, lasts: false);
        }

        CountTls(peer, outcome.Fault, outcome.Detail);
        return hello.IsPositive ? null : await WithoutServiceAsync(peer, SmtpStage.Ehlo, hello);
    }

    private void CountTls(PeerConnection peer, TlsResultType? fault, string detail)
    {
        if (!abort.IsCancellationRequested)
        {
            tools.Tls.Count(peer.Terms, peer.Host, peer.SourceAddress, fault, detail);
        }
    }

    /// <summary>
    /// Whether mail may still go over a connection that stands: a policy, a record or a demand may be newer than it. False ends it; the next one is opened on
    /// the new terms.
    /// </summary>
    private async ValueTask<bool> StillAllowsAsync(PeerConnection peer)
    {
        Instant now = tools.Clock.Now;
        if (now - _termsFrom < _termsHold)
        {
            return true;
        }

        _termsFrom = now;
        try
        {
            HostTlsTerms terms = await tools.Tls.TermsForAsync(ticket.Key, peer.Host, _settings, abort);
            return terms.Problem.Length == 0 && terms.Trust?.Allows(peer.IsEncrypted, peer.Shown) != false;
        }
        catch (TlsFileException)
        {
            return false; // Before the next connection it is said why.
        }
    }

    private async ValueTask<(HostEnd End, SmtpReply? Refusal)?> AfterBrokenTlsAsync(PeerConnection peer, string problem, bool lasts)
    {
        if (abort.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            _hand.Return();
            return (HostEnd.Finished, null);
        }

        if (peer.Terms.IsRequired)
        {
            return await WithoutTlsAsync(peer, CryptoFailed, problem, lasts);
        }

        tools.Tls.Broke(peer.Terms);
        tools.Log.TlsBroken(ticket.Key, peer.Host.Text, problem, OutgoingTls.BrokenFor);
        Observer?.Note($"{problem}; TLS is not required, so the host is spoken to in plain text");
        return (HostEnd.AgainInPlainText, null);
    }

    /// <summary>The host does not do what is required of it: the next one may.</summary>
    private async ValueTask<(HostEnd End, SmtpReply? Refusal)?> WithoutTlsAsync(PeerConnection peer, string status, string problem, bool lasts)
    {
        string text = peer.Terms.Because.Length > 0 ? $"{problem}; {peer.Terms.Sentence}" : $"{problem}; {peer.Terms.Trust!.Describe()}";

        // The host is there and well for whoever asks less of it.
        NoteFailure(peer.Host, text, remember: false, lasts);
        if (!peer.Lost && await peer.SayQuitAsync())
        {
            await peer.LingerAsync();
        }

        return (HostEnd.NextHost, new SmtpReply(451, $"{status} {text}"));
    }

    private void NoteTls(PeerConnection peer, TlsResultType? fault)
    {
        string policy = fault is { } found ? $"{peer.Terms.Word}, {TlsFaultWords.Of(found, peer.Shown)}" : peer.Terms.Word;
        Observer?.Note($"{peer.Connection.TlsProtocol} with {peer.Connection.TlsCipher}, {policy}");
        if (_settings.LogTls)
        {
            tools.Log.TlsStarted(ticket.Key, peer.Host.Text, peer.Connection.TlsProtocol, peer.Connection.TlsCipher, policy);
        }
    }
}
