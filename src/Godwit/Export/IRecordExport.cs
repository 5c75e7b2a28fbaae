using Godwit.Settings;

namespace Godwit.Export;

/// <summary>Hands the records of one <c>&lt;acct-file&gt;</c> over, to a program or to an HTTP receiver, in the background.</summary>
internal interface IRecordExport : IAsyncDisposable
{
    AccountingFileSettings Settings { get; }

    /// <summary>Why records wait; null while they do not. Cheap, from any thread.</summary>
    ExportTrouble? Trouble { get; }

    /// <summary>Octets that were not handed over yet.</summary>
    long Waiting { get; }

    /// <summary>An operator has done something: what is given a rest is tried now.</summary>
    void TryNow();
}
