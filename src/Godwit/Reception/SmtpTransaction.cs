// One mail transaction, from MAIL to the end of the content: envelope as given so far, content as received so far, and what went wrong with it.
// Owned by its session and used again for the next message. Ending it, however it ends, gives the content's memory and its place in the spool back.

using Godwit.Intake;
using Godwit.Mail;
using Godwit.Smtp;
using Godwit.Verification;

namespace Godwit.Reception;

/// <summary>Why a content is not a message.</summary>
internal enum ContentFault : byte
{
    None,
    TooLarge,
    NotStored,
    Nul,
    BareLineEnd,

    /// <summary>Told to the client already; the rest is dropped.</summary>
    Told,
}

/// <summary>What a session collects for one message.</summary>
internal sealed class SmtpTransaction
{
    /// <summary>Most messages have one recipient; the list grows by doubling for the others.</summary>
    private List<SubmittedRecipient> _recipients = new(1);
    private MailArgument _mail;

    /// <summary>Whether MAIL was accepted.</summary>
    public bool IsOpen { get; private set; }

    public EmailAddress Sender => _mail.Sender;

    public bool SmtpUtf8 => _mail.SmtpUtf8;

    /// <summary>What was found of the sender at MAIL; null when nobody asked.</summary>
    public SenderFindings? Findings { get; set; }

    public IReadOnlyList<SubmittedRecipient> Recipients => _recipients;

    /// <summary>Whether RCPT was said at all: then a missing recipient was refused, and is no mistake in the order of commands.</summary>
    public bool SawRcpt { get; set; }

    /// <summary>The content; null before the first octet of it may come.</summary>
    public ContentBuffer? Content { get; private set; }

    /// <summary>Whether the content comes by BDAT.</summary>
    public bool InChunks { get; private set; }

    public ContentFault Fault { get; set; }

    public void Open(MailArgument mail)
    {
        _mail = mail;
        IsOpen = true;
    }

    public void Add(in RcptArgument recipient) =>
        _recipients.Add(new SubmittedRecipient(recipient.Recipient, recipient.OriginalRecipient, recipient.Notify));

    public void BeginContent(ContentBuffer content, bool inChunks)
    {
        Content = content;
        InChunks = inChunks;
    }

    /// <summary>Keeps the first fault, and no content any more.</summary>
    public void Fail(ContentFault fault)
    {
        Fault = Fault == ContentFault.None ? fault : Fault;
        Content?.Dispose();
        Content = null;
    }

    /// <summary>What is handed in.</summary>
    public Submission ToSubmission(in ClientIdentity client) => new()
    {
        Sender = _mail.Sender,
        Recipients = _recipients,
        Content = Content ?? throw new InvalidOperationException("a transaction without content cannot be submitted"),
        Source = client.Source,
        Kind = SubmissionKind.Smtp,
        EnvelopeId = _mail.EnvelopeId,
        Return = _mail.Return,
        Body = _mail.Body,
        SmtpUtf8 = _mail.SmtpUtf8,
        ClientName = client.Name,
        ClientAddress = client.Address,
        LocalAddress = client.LocalAddress,

        // RFC 6531 section 4.3: the keyword tells that the header may hold UTF-8.
        Protocol = _mail.SmtpUtf8 ? "UTF8SMTP" : client.Extended ? "ESMTP" : "SMTP",
    };

    /// <summary>Forgets everything. The list of recipients is new each time, because the submission may still hold the last one.</summary>
    public void End()
    {
        Content?.Dispose();
        Content = null;
        if (_recipients.Count > 0)
        {
            _recipients = new List<SubmittedRecipient>(1);
        }

        _mail = default;
        Findings = null;
        IsOpen = SawRcpt = InChunks = false;
        Fault = ContentFault.None;
    }
}
