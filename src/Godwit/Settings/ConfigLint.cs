// What loads and still is not what its owner wants: the mistakes that spoil a launch. Each check is a file of its own and is listed here once.
// A check never cries wolf: where it cannot be sure it is silent, and what it says tells what to do.

namespace Godwit.Settings;

/// <summary>One check.</summary>
/// <param name="root">What the files say, values read.</param>
/// <param name="settings">What they mean; null when an error stands in the way.</param>
internal delegate void LintCheck(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems);

/// <summary>Runs every check.</summary>
internal static class ConfigLint
{
    public static IReadOnlyList<LintCheck> Checks { get; } =
    [
        PostmasterLint.Check,
        RelayLint.Check,
        AuthLint.Check,
        ListenerLint.Check,
        SourceAddressLint.Check,
        VirtualMtaLint.Check,
        ProxyLint.Check,
        MacroLint.Check,
        BackoffLint.Check,
        PaceLint.Check,
        PoolLint.Check,
        RerouteLint.Check,
        RateLint.Check,
        RetryLint.Check,
        PatternLint.Check,
        UnusedListLint.Check,
        RollupLint.Check,
        QueueToLint.Check,
        KeyLint.Check,
        SigningLint.Check,
        TlsLint.Check,
        TlsDoorLint.Check,
        HttpLint.Check,
        SenderCheckLint.Check,
        SecretFileLint.Check,
        DirectoryLint.Check,
        AccountingLint.Check,
        LocalDeliveryLint.Check,
    ];

    /// <summary>Checks of nothing but the machine: its addresses, directories and the modes of its files.</summary>
    private static IReadOnlyList<LintCheck> OfTheMachine { get; } = [SourceAddressLint.Check, SecretFileLint.Check, DirectoryLint.Check];

    public static void Run(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        foreach (LintCheck check in surroundings.IsForeign ? Checks.Except(OfTheMachine) : Checks)
        {
            check(root, settings, surroundings, problems);
        }
    }
}
