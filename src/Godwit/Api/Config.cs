namespace Godwit.Api;

/// <summary>The files that the configuration is read from.</summary>
/// <param name="Version">Of the configuration in force: 1 at the start, one more with each reload.</param>
internal sealed record ConfigFileList(string Main, IReadOnlyList<ConfigFileRow> Files, int Version, DateTime? Loaded);

/// <summary>One file of the configuration.</summary>
/// <param name="Included">By another; false for the main file.</param>
internal sealed record ConfigFileRow(string Name, long Octets, DateTime Modified, bool Included);

/// <summary>One file with its text.</summary>
/// <param name="Content">Secrets are masked for those who may not write it.</param>
/// <param name="Etag">Of the text, to be sent back with a change; null where secrets are masked, because such a text must not be written.</param>
internal sealed record ConfigFileView(string Name, string Content, DateTime Modified, string? Etag);

/// <summary>A text that is to be checked, or to become a file.</summary>
/// <param name="Etag">Of the text that it replaces; null where there is none yet.</param>
internal sealed record ConfigText(string? Name, string? Content, string? Etag);

/// <summary>What the check says.</summary>
/// <param name="Changes">What would be different, in words.</param>
internal sealed record ConfigChecked(IReadOnlyList<ConfigProblemRow> Problems, bool Ok, IReadOnlyList<ConfigChange> Changes);

/// <summary>Something that is different.</summary>
/// <param name="Queue">Empty when it is about no single queue.</param>
internal sealed record ConfigChange(string Queue, string Text);

/// <summary>One problem.</summary>
/// <param name="Severity">error, warning, note.</param>
internal sealed record ConfigProblemRow(string File, int Line, int Column, string Severity, string Message);

/// <summary>What became of a text.</summary>
/// <param name="Written">False when the check found errors: nothing has changed then.</param>
/// <param name="Message">What was written, and what to do next.</param>
internal sealed record ConfigSaved(bool Written, string Message, IReadOnlyList<ConfigProblemRow> Problems);

/// <summary>What became of a reload.</summary>
/// <param name="Remarks">What to know beside the problems.</param>
internal sealed record ConfigReloaded(bool Reloaded, int Version, DateTime? Loaded, IReadOnlyList<ConfigProblemRow> Problems, IReadOnlyList<string> Remarks);
