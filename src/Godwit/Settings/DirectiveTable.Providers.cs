// <provider>: what is known about a mailbox provider. These stand in the provider file, not in the configuration.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    private static Directive[] ProviderRows() =>
    [
        Later(BlockKind.Provider, "domain", Domain, "-", "A domain hosted there; the settings of the first are those of the shared queue.") with { Repeatable = true },
        Later(BlockKind.Provider, "mx", Domain, "-", "Its MX hosts have this name or lie below it.") with { Repeatable = true },
        Later(BlockKind.Provider, "max-smtp-out", Connections, "-", "Connections of one queue at once, to begin with."),
        Later(BlockKind.Provider, "max-msg-per-connection", Integer(1), "-", "Messages on one connection, to begin with."),
        Later(BlockKind.Provider, "max-msg-rate", RateForm, "-", "Recipients attempted, to begin with."),
        Later(BlockKind.Provider, "require-starttls", YesNo, "no", "It takes mail over TLS only."),
        Later(BlockKind.Provider, "reply", ProviderReply.Form, "-", "A reply that it gives, and what is done about it; the first match counts.") with { Repeatable = true },
        Later(BlockKind.Provider, "sample", ReplySample.Form, "-", "A whole reply that the rule above is for; \\x23 stands for its number signs.") with { Repeatable = true },
    ];
}
