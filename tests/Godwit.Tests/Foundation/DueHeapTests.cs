using CsCheck;
using Godwit.Foundation;

namespace Godwit.Tests.Foundation;

public sealed class DueHeapTests
{
    [Fact]
    public void It_agrees_with_a_sorted_set_whatever_is_done_to_it() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 99], Gen.Long[0, 1000]).Array[0, 1000].Sample(
            static steps =>
            {
                var heap = new DueHeap<Node>();
                Node[] nodes = [.. Enumerable.Range(0, 100).Select(_ => new Node())];
                var model = new Dictionary<Node, Instant>();
                foreach ((int what, int which, long time) in steps)
                {
                    var at = new Instant(time);
                    switch (what)
                    {
                        case 0:
                            heap.Set(nodes[which], at);
                            model[nodes[which]] = at;
                            break;
                        case 1:
                            heap.Remove(nodes[which]);
                            model.Remove(nodes[which]);
                            break;
                        default:
                            Node? due = heap.TakeDue(at);
                            Instant earliest = model.Count == 0 ? Instant.Never : model.Values.Min();
                            Assert.Equal(earliest <= at, due is not null);
                            if (due is not null)
                            {
                                Assert.Equal(earliest, model[due]);
                                Assert.Equal(Instant.Never, due.Due);
                                model.Remove(due);
                            }

                            break;
                    }

                    Assert.Equal(model.Count, heap.Count);
                    Assert.Equal(model.Count == 0 ? Instant.Never : model.Values.Min(), heap.Earliest);
                }
            },
            iter: 150);

    [Fact]
    public void A_node_knows_its_time_and_never_takes_it_out()
    {
        var heap = new DueHeap<Node>();
        var node = new Node();
        heap.Set(node, new Instant(5));
        Assert.Equal(new Instant(5), node.Due);

        heap.Set(node, Instant.Never);

        Assert.Equal((0, Instant.Never), (heap.Count, node.Due));
    }

    private sealed class Node : DueNode;
}
