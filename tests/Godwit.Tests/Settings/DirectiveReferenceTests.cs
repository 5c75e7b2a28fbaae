using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class DirectiveReferenceTests
{
    [Fact]
    public void The_reference_in_docs_is_made_from_the_table()
    {
        string path = Path.Combine(Root(), "docs", "directives.md");
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, DirectiveReference.Markdown());
        }

        Assert.True(File.ReadAllText(path) == DirectiveReference.Markdown(), "docs/directives.md is out of date; its first lines say how to make it anew");
    }

    internal static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Godwit.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("the tests do not run inside the tree");
    }
}
