// <receiver>: how a receiver behaves in a rehearsal. These stand in a model file, not in the configuration.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private static Directive[] ReceiverRows() =>
    [
        Bound(BlockKind.Receiver, "provider", Category, nameof(ReceiverSettings.Provider), "-",
            "The provider of the provider file whose replies it gives; its domains share limits."),
        Bound(BlockKind.Receiver, "share", PercentForm.Share, nameof(ReceiverSettings.Share), "0%", "Its part of a usual mailing (`--recipients`)."),
        BoundList(BlockKind.Receiver, "domain", DomainShare.Form, nameof(ReceiverSettings.Domains), "-", "A domain and its part of the receiver's mail."),
        Bound(BlockKind.Receiver, "invented-domains", Integer(0, 10_000_000), nameof(ReceiverSettings.InventedDomains), "0",
            "How many further domains have the rest of its mail, the first most."),
        Bound(BlockKind.Receiver, "connect-milliseconds", Milliseconds, nameof(ReceiverSettings.ConnectTime), "200",
            "From connecting to being ready for mail."),
        Bound(BlockKind.Receiver, "message-milliseconds", Milliseconds, nameof(ReceiverSettings.MessageTime), "200",
            "From MAIL to the reply behind the data."),
        Bound(BlockKind.Receiver, "max-connections-per-source-ip", ConnectionsOrUnlimited, nameof(ReceiverSettings.MaxConnectionsPerSource), "unlimited",
            "Connections that it takes from one address at once."),
        Bound(BlockKind.Receiver, "max-msg-rate-per-source-ip", RateForm, nameof(ReceiverSettings.MaxRatePerSource), "unlimited",
            "Recipients that it takes from one address; above that it gives the reply of when-too-fast."),
        Bound(BlockKind.Receiver, "when-too-fast", Category, nameof(ReceiverSettings.WhenTooFast), "-", "The reply above its rate."),
        Bound(BlockKind.Receiver, "when-too-many", Category, nameof(ReceiverSettings.WhenTooMany), "-", "The reply to a connection too many."),
        BoundList(BlockKind.Receiver, "answer", AnswerShare.Form, nameof(ReceiverSettings.Answers), "-", "Another reply, and how often it is given."),
        Bound(BlockKind.Receiver, "unreachable", PercentForm.Share, nameof(ReceiverSettings.Unreachable), "0%", "How many connections fail."),
    ];
}
